#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace filemap::test;
namespace json = boost::json;
using control::file_state;
using strings = std::vector<std::string>;

json::object object_of(const answer& got) {
    BOOST_TEST_REQUIRE(got.status == 200u, got.body);
    BOOST_TEST(got.type == "application/json");
    BOOST_TEST(got.body.ends_with('\n'));
    return json::parse(got.body).as_object();
}

control::file_details& put_followed(world& in, const std::string& path) {
    auto& file = in.service.put(path);
    file.summary.named_at = "/etc/d.toml:7";
    file.summary.device = filemap::device_id(253, 1);
    file.summary.group = filemap::group_id{3};
    file.summary.regions = 12;
    file.summary.extents = 13;
    file.summary.synced_at = control::time_point(std::chrono::milliseconds{1'000'000'007'089});
    return file;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routes_test)

BOOST_AUTO_TEST_CASE(status_counts_files) {
    world in;
    in.service.now.configuration = "/etc/d.toml";
    in.service.now.started_at = control::time_point(std::chrono::seconds{-1});
    in.service.now.load_error = "line\n7";
    in.service.now.files[static_cast<std::size_t>(file_state::following)] = 4;
    const json::object got = object_of(ask(in, "GET /v1/status"));
    BOOST_TEST(got.at("version").as_string() == FILEMAP_VERSION);
    BOOST_TEST(got.at("configuration").as_string() == "/etc/d.toml");
    BOOST_TEST(got.at("started_at").as_string() == "1969-12-31T23:59:59.000Z");
    BOOST_TEST(got.at("load_error").as_string() == "line\\n7");
    BOOST_TEST(!got.contains("loaded_at"));
    BOOST_TEST(got.at("files").as_object().at("following").to_number<int>() == 4);
    BOOST_TEST(got.at("files").as_object().size() == 5u);
}

BOOST_AUTO_TEST_CASE(answers_name_the_program) {
    world in;
    raw_client client(in);
    client.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(in.turn_until(
        [&] { return client.received().find("\r\nServer: dmfilemapd/" FILEMAP_VERSION "\r\n") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(list_has_every_file_in_order) {
    world in;
    put_followed(in, "/srv/b");
    auto& waiting = in.service.put("/srv/a").summary;
    waiting.state = file_state::waiting;
    waiting.reason = "nothing there";
    waiting.origin = control::file_origin::glob;
    const answer got = ask(in, "GET /v1/files");
    BOOST_TEST(got.chunked);
    BOOST_TEST(got.keep_alive);
    const json::array files = object_of(got).at("files").as_array();
    BOOST_TEST_REQUIRE(files.size() == 2u);
    BOOST_TEST(
        json::serialize(files[0]) ==
        R"({"path":"/srv/a","state":"waiting","reason":"nothing there","origin":"glob","regions":0,"extents":0})");
    BOOST_TEST(json::serialize(files[1]) ==
               R"({"path":"/srv/b","state":"following","origin":"configuration","named_at":"/etc/d.toml:7",)"
               R"("device":"253:1","group":3,"regions":12,"extents":13,"synced_at":"2001-09-09T01:46:47.089Z"})");
}

BOOST_AUTO_TEST_CASE(empty_list_is_empty_array) {
    world in;
    BOOST_TEST(object_of(ask(in, "GET /v1/files")).at("files").as_array().empty());
}

BOOST_AUTO_TEST_CASE(path_spellings_name_one_file) {
    world in;
    auto& file = put_followed(in, "/srv/a b");
    file.alias = "a b";
    file.settings = {{"interval", std::int64_t{250}}, {"precise", true}, {"follow", std::string("path")}};
    file.monitor.emplace().missing_regions = 2;
    file.monitor->carried.reads = 9;
    file.monitor->inferred = filemap::sectors{24};
    for (const char* target :
         {"/v1/files/srv/a%20b", "/v1/files/%2Fsrv%2fa%20b", "/v1/files//srv/a%20b", "/v1/files?path=/srv/a%20b",
          "/v1/files?path=%2Fsrv%2Fa%20b", "/v1/files/srv/x/../a%20b", "http://any/v1/files/srv/a%20b"}) {
        BOOST_TEST_CONTEXT(target) {
            const json::object got = object_of(ask(in, std::string("GET ") + target));
            BOOST_TEST(got.at("path").as_string() == "/srv/a b");
            BOOST_TEST(got.at("alias").as_string() == "a b");
            BOOST_TEST(got.at("missing_regions").to_number<int>() == 2);
            BOOST_TEST(got.at("inferred_sectors").to_number<int>() == 24);
            BOOST_TEST(got.at("retired").as_object().at("reads").to_number<int>() == 9);
            BOOST_TEST(json::serialize(got.at("settings")) == R"({"interval":250,"precise":true,"follow":"path"})");
        }
    }
}

BOOST_AUTO_TEST_CASE(file_named_resync_is_found) {
    world in;
    in.service.put("/srv/resync");
    BOOST_TEST(object_of(ask(in, "GET /v1/files/srv/resync")).at("path").as_string() == "/srv/resync");
    BOOST_TEST(ask(in, "POST /v1/files/srv/resync/resync").status == 200u);
    BOOST_TEST(in.service.done == strings{"resync /srv/resync"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(actions_reach_the_service) {
    world in;
    BOOST_TEST(
        post_json(in, "/v1/files", R"({"path":"/srv/x","follow":"path","interval":5,"precise":true,"alias":"a\nb"})")
            .body == "{\"done\":true}\n");
    BOOST_TEST(ask(in, "DELETE /v1/files/srv/x").body == "{\"done\":true}\n");
    BOOST_TEST(ask(in, "DELETE /v1/files?path=/srv/y").status == 200u);
    BOOST_TEST(ask(in, "POST /v1/files/srv/x/resync").status == 200u);
    BOOST_TEST(ask(in, "POST /v1/resync?path=/srv/z").status == 200u);
    BOOST_TEST(ask(in, "POST /v1/resync").status == 200u);
    BOOST_TEST(ask(in, "POST /v1/reload").status == 200u);
    const strings expected{"add /srv/x follow=\"path\" interval=5 precise=true alias=\"a\nb\"",
                           "remove /srv/x",
                           "remove /srv/y",
                           "resync /srv/x",
                           "resync /srv/z",
                           "resync all",
                           "reload"};
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(service_refusal_becomes_problem) {
    using cause = control::refused::cause;
    world in;
    for (const auto& [why, status] :
         {std::pair{cause::not_found, 404u}, {cause::conflict, 409u}, {cause::invalid, 422u}, {cause::failed, 500u}}) {
        in.service.result = control::refused{why, "line 3: no\nsuch key"};
        is_problem(ask(in, "POST /v1/reload"), status, "line 3: no\\nsuch key");
    }
    is_problem(ask(in, "GET /v1/files/srv/none"), 404, "/srv/none: not among the files");
}

BOOST_AUTO_TEST_CASE(slow_action_is_answered_when_done) {
    world in;
    in.service.holds = true;
    raw_client client(in);
    client.send("POST /v1/resync HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    // The server answers other clients meanwhile.
    BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
    BOOST_TEST(client.received() == "");
    in.service.held[0](control::refused{control::refused::cause::failed, "device gone"});
    is_problem(client.receive(), 500, "device gone");
}

BOOST_AUTO_TEST_CASE(action_outlives_its_time_limit) {
    app::control::server_options options;
    options.action_patience = std::chrono::milliseconds{20};
    world in(options);
    in.service.holds = true;
    const answer got = ask(in, "POST /v1/reload");
    BOOST_TEST(got.status == 202u);
    BOOST_TEST(got.body == "{\"done\":false}\n");
    in.service.held[0](std::nullopt);
    BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
}

BOOST_AUTO_TEST_CASE(action_outlives_its_client) {
    world in;
    in.service.holds = true;
    {
        raw_client client(in);
        client.send("POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    }
    in.service.held[0](std::nullopt);
    BOOST_TEST(in.stop());
    // The completion may also be called after the server has ended.
    in.service.held[0](std::nullopt);
}

BOOST_AUTO_TEST_CASE(head_is_get_without_a_body) {
    world in;
    in.service.put("/srv/x");
    for (const char* path : {"/v1/status", "/v1/files", "/v1/files/srv/x", "/v1/events"}) {
        raw_client client(in);
        client.send("HEAD " + std::string(path) +
                    " HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(client.receive(true).status == 200u);
        BOOST_TEST(client.receive().body.starts_with("{\"version\""), path);
    }
    BOOST_TEST(ask(in, "HEAD /v1/nothing").status == 404u);
}

BOOST_AUTO_TEST_CASE(wrong_method_names_allowed_ones) {
    world in;
    const std::pair<std::string, std::string> table[] = {
        {"PUT /v1/files", "GET, HEAD, POST, DELETE"},
        {"POST /v1/files/srv/x", "GET, HEAD, DELETE"},
        {"PATCH /v1/files/srv/x/resync", "GET, HEAD, DELETE, POST"},
        {"GET /v1/reload", "POST"},
        {"GET /v1/resync", "POST"},
        {"POST /v1/events", "GET, HEAD"},
        {"OPTIONS /v1/status", "GET, HEAD"},
        {"BREW /v1/status", "GET, HEAD"},
    };
    for (const auto& [line, methods] : table) {
        const answer got = ask(in, line);
        is_problem(got, 405, "only " + methods);
        BOOST_TEST(got.allow == methods, line);
    }
}

BOOST_AUTO_TEST_CASE(other_paths_are_not_found) {
    world in;
    for (const char* path :
         {"/page", "/v1", "/v1/", "/v1/filesx", "/v2/files", "/v1/status/", "/v1/STATUS", "/v1/%73tatus"}) {
        is_problem(ask(in, std::string("GET ") + path), 404, "there is nothing at");
    }
}

BOOST_AUTO_TEST_CASE(map_is_answered_when_made) {
    world in;
    in.service.drawn = R"({"path":"/srv/x"})";
    BOOST_TEST(ask(in, "GET /v1/map/srv/x").body == in.service.drawn + '\n');
    BOOST_TEST(ask(in, "GET /v1/map?path=%2Fsrv%2Fa%FF").status == 200u);
    BOOST_TEST(ask(in, "GET /v1/heat/srv/x").status == 200u);
    BOOST_TEST(ask(in, "GET /v1/heat?path=/srv/y").status == 200u);
    const strings expected{"map /srv/x", "map /srv/a\xff", "heat /srv/x", "heat /srv/y"};
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
    BOOST_TEST(is_problem(ask(in, "GET /v1/map"), 400, "no file named"));
    BOOST_TEST(is_problem(ask(in, "POST /v1/map/srv/x"), 405, "only GET, HEAD"));
    in.service.result = control::refused{control::refused::cause::not_found, "no such file"};
    BOOST_TEST(is_problem(ask(in, "GET /v1/map/srv/x"), 404, "no such file"));
    in.service.result = control::refused{control::refused::cause::too_many, "too many maps"};
    BOOST_TEST(is_problem(ask(in, "GET /v1/map/srv/x"), 503, "too many maps"));
}

BOOST_AUTO_TEST_CASE(conditional_request_makes_no_map) {
    world in;
    in.service.put("/srv/x").monitor.emplace().inode = 7;
    BOOST_TEST(ask(in, "HEAD /v1/map/srv/x").status == 200u);
    BOOST_TEST(ask(in, "HEAD /v1/heat/srv/x").status == 200u);
    BOOST_TEST(in.service.done.empty());
    in.service.result = control::refused{control::refused::cause::not_found, "no such file"};
    BOOST_TEST(ask(in, "HEAD /v1/map/srv/y").status == 404u);
    in.service.put("/srv/waiting");
    in.service.result = control::refused{control::refused::cause::conflict, "not followed"};
    BOOST_TEST(ask(in, "HEAD /v1/map/srv/waiting").status == 409u);
    in.service.put("/srv/starting").monitor.emplace();
    BOOST_TEST(ask(in, "HEAD /v1/heat/srv/starting").status == 409u);
}

BOOST_AUTO_TEST_CASE(slow_map_is_given_up) {
    app::control::server_options options;
    options.action_patience = std::chrono::milliseconds{10};
    world in(options);
    in.service.draws = false;
    BOOST_TEST(is_problem(ask(in, "GET /v1/map/srv/x"), 503, "too long"));
}

BOOST_AUTO_TEST_CASE(scan_is_sent_line_by_line) {
    world in;
    in.service.holds = true;
    raw_client client(in);
    client.send("POST /v1/hot/dev/mapper/x HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    in.service.hunted("{\"a\":1}");
    BOOST_TEST(in.turn_until([&] { return client.received().find("{\"a\":1}\n") != std::string::npos; }));
    in.service.hunted("{\"b\":2}");
    in.service.held.front()({});
    const answer got = client.receive();
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.type == "application/x-ndjson");
    BOOST_TEST(got.body == "{\"a\":1}\n{\"b\":2}\n");
    const strings expected{"hunt /dev/mapper/x", "give up /dev/mapper/x"};
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hunt_that_fails_says_so) {
    world in;
    in.service.result = control::refused{control::refused::cause::conflict, "another one"};
    BOOST_TEST(is_problem(ask(in, "POST /v1/hot?path=/dev/dm-0"), 409, "another one"));
    BOOST_TEST(is_problem(ask(in, "POST /v1/hot"), 400, "no device named"));
    // The error appears as the last line after a partial result.
    in.service.holds = true;
    raw_client client(in);
    client.send("POST /v1/hot/dev/dm-0 HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    in.service.hunted("{}");
    in.service.held.front()(control::refused{control::refused::cause::failed, "gone"});
    const answer got = client.receive();
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.body.starts_with("{}\n"));
    BOOST_TEST(got.body.find("\"detail\":\"gone\"") != std::string::npos, got.body);
}

BOOST_AUTO_TEST_CASE(a_hunt_ends_with_its_client) {
    world in;
    in.service.holds = true;
    for (const bool has_begun : {false, true}) {
        raw_client client(in);
        in.service.done.clear();
        client.send("POST /v1/hot/dev/dm-0 HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.done.empty(); }));
        if (has_begun) in.service.hunted("{}");
        client.close();
        BOOST_TEST(in.turn_until([&] { return in.service.done.back() == "give up /dev/dm-0"; }));
    }
    // Further lines of the scan reach no client.
    in.service.hunted("{}");
    in.service.held.back()({});
    BOOST_TEST(in.stop());
}

BOOST_AUTO_TEST_SUITE_END()
