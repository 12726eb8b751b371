// Tests malformed requests and unusual uses of a connection.

#include "common/http/request.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace filemap::test;
using strings = std::vector<std::string>;

const std::string get_status = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

answer ask_raw(world& in, const std::string& text) {
    raw_client client(in);
    client.send(text);
    const answer got = client.receive();
    BOOST_TEST(client.is_ended(), text);
    return got;
}

/// Returns true if the daemon still answers.
bool serves(world& in) {
    return ask(in, "GET /v1/status").status == 200;
}

std::string path_of(const answer& got, const char* key = "path") {
    const auto object = boost::json::parse(got.body).as_object();
    return object.contains(key) ? std::string(object.at(key).as_string()) : "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(requests_test)

BOOST_AUTO_TEST_CASE(non_http_ends_connection) {
    world in;
    for (const char* text :
         {"nonsense\r\n\r\n", "GET /v1/status\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "\x16\x03\x01\r\n\r\n",
          "GET /v1/status HTTP/1.1\r\nHost x\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
          "POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"}) {
        is_problem(ask_raw(in, text), 400, "no HTTP request");
    }
    is_problem(ask_raw(in, "GET /v1/status HTTP/2.0\r\nHost: x\r\n\r\n"), 400, "bad version");
    BOOST_TEST(serves(in));
}

BOOST_AUTO_TEST_CASE(truncated_request_is_refused) {
    world in;
    for (const char* text : {"GET /v1/sta",
                             "POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                             "Content-Length: 9\r\n\r\n{}"}) {
        raw_client client(in);
        client.send(text);
        client.end_sending();
        is_problem(client.receive(), 400, "partial message");
        BOOST_TEST(client.is_ended());
    }
    BOOST_TEST(serves(in));
}

BOOST_AUTO_TEST_CASE(http_1_1_needs_one_host) {
    world in;
    raw_client client(in);
    client.send("GET /v1/status HTTP/1.1\r\n\r\n");
    is_problem(client.receive(), 400, "Host");
    client.send("GET /v1/status HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    is_problem(client.receive(), 400, "Host");
    // The connection accepts another request.
    client.send(get_status);
    BOOST_TEST(client.receive().status == 200u);
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_chunks) {
    world in;
    in.service.put("/srv/x");
    const answer got = ask_raw(in, "GET /v1/files HTTP/1.0\r\n\r\n");
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(!got.chunked);
    BOOST_TEST(boost::json::parse(got.body).as_object().at("files").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(wrong_targets_are_refused) {
    world in;
    const std::pair<std::string, const char*> table[] = {
        {"GET /v1/files/srv/%zz", "bad percent-encoding in '/srv/%zz'"},
        {"GET /v1/files/srv/x%", "bad percent-encoding"},
        {"GET /v1/files/srv/%4", "bad percent-encoding"},
        {"GET /v1/files/srv/%00", "has a byte 0"},
        {"GET /v1/files/srv/", "names a directory"},
        {"GET /v1/files/..", "names a directory"},
        {"GET /v1/files?path=", "the path is empty"},
        {"GET /v1/files?path=srv/x", "'srv/x' is not absolute"},
        {"GET /v1/files?file=/srv/x", "unknown parameter 'file'"},
        {"GET /v1/files?path=/x&y=1", "not among the files"},
        {"GET /v1/status?path=/srv/x", "has no meaning here"},
        {"GET /v1/files/srv/x?path=/srv/x", "has no meaning here"},
        {"DELETE /v1/files", "no file named"},
        {"GET *", "no path"},
        {"GET /v1/files/" + std::string(5000, 'x'), "longer than 4095 bytes"},
    };
    for (const auto& [line, cause] : table) {
        const answer got = ask(in, line);
        is_problem(got, got.status == 404 ? 404 : 400, cause);
    }
    BOOST_TEST(in.service.done.empty());
}

BOOST_AUTO_TEST_CASE(wrong_bodies_are_refused) {
    world in;
    const std::pair<std::string, const char*> table[] = {
        {"", "the body is no JSON"},
        {"{", "the body is no JSON"},
        {"{\"path\":\"/srv/\xff\"}", "the body is no JSON"},
        {R"({"path":"/srv/x"} x)", "the body is no JSON"},
        {R"([[[[[[[[[[[[]]]]]]]]]]]])", "the body is no JSON"},
        {"[]", "the body is no JSON object"},
        {"{}", "no \"path\" given"},
        {R"({"path":7})", "path: not a string"},
        {R"({"path":""})", "the path is empty"},
        {R"({"path":"srv/x"})", "is not absolute"},
        {R"({"path":"/srv/\u0000"})", "has a byte 0"},
        {R"({"path_encoded":"%2"})", "bad percent-encoding"},
        {R"({"path_encoded":null})", "path_encoded: not a string"},
        {R"({"path":"/srv/a","path_encoded":"/srv/a"})", "both \"path\" and \"path_encoded\" given"},
    };
    for (const auto& [body, cause] : table) is_problem(post_json(in, "/v1/files", body), 400, cause);
    BOOST_TEST(in.service.done.empty());
}

BOOST_AUTO_TEST_CASE(invalid_setting_value_is_refused) {
    world in;
    const std::pair<std::string, const char*> table[] = {
        {R"({"path":"/srv/x","bounds":[1]})", "bounds: neither a string"},
        {R"({"path":"/srv/x","inter\nval":1.5})", "inter\\nval: neither a string"},
        {R"({"path":"/srv/x","interval":9223372036854775808})", "a whole number below 2^63"},
        {R"({"path":"/srv/x","interval":99999999999999999999})", "a whole number below 2^63"},
    };
    for (const auto& [body, cause] : table) is_problem(post_json(in, "/v1/files", body), 422, cause);
    BOOST_TEST(in.service.done.empty());
}

BOOST_AUTO_TEST_CASE(body_needs_json_type) {
    world in;
    const std::string body = R"({"path":"/srv/x"})";
    const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    for (const char* type :
         {"", "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: application/jsonx\r\n"}) {
        is_problem(ask(in, "POST /v1/files", type + length, body), 415, "Content-Type: application/json");
    }
    BOOST_TEST(ask(in, "POST /v1/files", "Content-Type: Application/JSON; charset=utf-8\r\n" + length, body).status ==
               200u);
    BOOST_TEST(ask(in, "POST /v1/files", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
                   "11\r\n" + body + "\r\n0\r\n\r\n")
                   .status == 200u);
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_refused) {
    world in;
    is_problem(ask(in, "GET /v1/status", "X: " + std::string(17000, 'x') + "\r\n"), 431, "header is too long");
    is_problem(ask(in, "GET /" + std::string(17000, 'x')), 431, "header is too long");
    // The server answers before the client sends the body, and also if the client sends the whole body.
    is_problem(ask(in, "POST /v1/files", "Content-Type: application/json\r\nContent-Length: 70000\r\n"), 413,
               "too long");
    is_problem(post_json(in, "/v1/files", std::string(300'000, ' ')), 413, "too long");
    is_problem(ask(in, "POST /v1/files", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
                   "11170\r\n" + std::string(0x11170, ' ') + "\r\n0\r\n\r\n"),
               413, "too long");
    BOOST_TEST(serves(in));
}

BOOST_AUTO_TEST_CASE(longest_kernel_path_fits) {
    world in;
    std::string path, encoded;
    while (path.size() < app::control::max_path_length) {
        path += path.size() % 200 == 0 ? "/" : "\xff";
        encoded += path.back() == '/' ? "/" : "%FF";
    }
    in.service.put(path);
    BOOST_TEST(path_of(ask(in, "GET /v1/files" + encoded), "path_encoded") == encoded);
}

BOOST_AUTO_TEST_CASE(expect_continue_is_answered) {
    world in;
    raw_client client(in);
    client.send(
        "POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
        "Expect: 100-continue\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return client.received() == "HTTP/1.1 100 Continue\r\n\r\n"; }));
    client.receive();
    client.send(R"({"path":"/srv/x"})");
    BOOST_TEST(client.receive().status == 200u);
    BOOST_TEST(in.service.done == strings{"add /srv/x"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    world in;
    raw_client client(in);
    std::string all;
    for (int i = 0; i < 50; ++i)
        all += get_status + "POST /v1/files/srv/" + std::to_string(i) + "/resync HTTP/1.1\r\nHost: x\r\n\r\n";
    client.send(all);
    client.end_sending();
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(client.receive().body.starts_with("{\"version\""));
        BOOST_TEST(client.receive().body == "{\"done\":true}\n");
    }
    BOOST_TEST(client.is_ended());
    BOOST_TEST_REQUIRE(in.service.done.size() == 50u);
    BOOST_TEST(in.service.done[49] == "resync /srv/49");
}

BOOST_AUTO_TEST_CASE(half_closed_client_is_answered) {
    world in;
    in.service.holds = true;
    raw_client client(in);
    client.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
    client.end_sending();
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    in.service.held[0](std::nullopt);
    BOOST_TEST(client.receive().status == 200u);
    BOOST_TEST(client.is_ended());
}

BOOST_AUTO_TEST_CASE(connection_close_is_honoured) {
    world in;
    raw_client client(in);
    client.send("GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const answer got = client.receive();
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(!got.keep_alive);
    BOOST_TEST(client.is_ended());
}

BOOST_AUTO_TEST_CASE(names_of_any_bytes_round_trip) {
    const std::string names[] = {"/srv/a\nb\"c\\d",  "/srv/\x1b[31m",     "/srv/a\xff\xfe", "/srv/voil\xc3\xa0",
                                 "/srv/%41+b?c#d&e", "/srv/\xef\xbf\xbd", "/srv/ ",         "/srv/\xed\xa0\x80"};
    for (const std::string& name : names) BOOST_TEST_CONTEXT(name) {
            world in;
            in.service.put(name);
            const auto list = boost::json::parse(ask(in, "GET /v1/files").body).as_object().at("files").as_array();
            BOOST_TEST_REQUIRE(list.size() == 1u);
            const auto& file = list[0].as_object();
            // The next request names the file by the exact member.
            const bool is_exact = !file.contains("path_encoded");
            BOOST_TEST((!is_exact || std::string(file.at("path").as_string()) == name));
            boost::json::object body;
            const char* key = is_exact ? "path" : "path_encoded";
            body[key] = file.at(key);
            BOOST_TEST(post_json(in, "/v1/files", boost::json::serialize(body)).status == 200u);
            BOOST_TEST(in.service.done == strings{"add " + name}, boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_replaced_and_encoded) {
    world in;
    in.service.put("/srv/a\xff ").alias = "a\xff";
    const answer got = ask(in, "GET /v1/files/srv/a%ff%20");
    BOOST_TEST(path_of(got) == "/srv/a\xef\xbf\xbd ");
    BOOST_TEST(path_of(got, "path_encoded") == "/srv/a%FF%20");
    BOOST_TEST(path_of(got, "alias_encoded") == "a%FF");
}

BOOST_AUTO_TEST_SUITE_END()
