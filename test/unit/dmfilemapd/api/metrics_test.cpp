// Tests the metrics on the control socket and on their own address.

#include "common/cli/startup_error.hpp"
#include "unit/dmfilemapd/api/tcp_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace filemap::test;
using boost::asio::ip::tcp;

constexpr const char* open_metrics = "Accept: application/openmetrics-text;version=1.0.0\r\n";
constexpr const char* figures_request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Connects a listener of events to the address and waits for its first line.
std::unique_ptr<raw_client> listener_at(tcp_world& in) {
    auto client = std::make_unique<raw_client>(in, in.connected());
    client->send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return client->received().find("listening") != std::string::npos; }));
    return client;
}

/// Finds the socket of this process that is connected to @p client.
int peer_of(int client) {
    sockaddr_in own{}, other{};
    socklen_t size = sizeof own;
    BOOST_TEST_REQUIRE(::getsockname(client, reinterpret_cast<sockaddr*>(&own), &size) == 0);
    for (int at = 0; at < 1024; ++at) {
        size = sizeof other;
        if (::getpeername(at, reinterpret_cast<sockaddr*>(&other), &size) == 0 && other.sin_family == AF_INET &&
            other.sin_port == own.sin_port)
            return at;
    }
    return -1;
}

/// Returns the source of a page. The script is joined from several files.
std::string source_of(const std::string& path) {
    std::vector<std::string> parts{path.substr(1)};
    if (path == "/") parts = {"page.html"};
    if (path == "/page.js") parts = {"texts.js", "list.js", "file.js", "events.js"};
    std::string text;
    for (const std::string& part : parts) {
        std::ifstream file(FILEMAP_PAGE + ("/" + part));
        text.append(std::istreambuf_iterator<char>(file), {});
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_test)

BOOST_AUTO_TEST_CASE(format_follows_accept_field) {
    metrics_world in;
    const answer classic = ask(in, "GET /metrics");
    BOOST_TEST(classic.status == 200u);
    BOOST_TEST(classic.type == "text/plain; version=0.0.4; charset=utf-8");
    BOOST_TEST(classic.body.find("filemap_reads_completed_total{path=\"/srv/x\",device=\"dm-0\"} 5\n") !=
               std::string::npos);
    BOOST_TEST(classic.body.find("# EOF") == std::string::npos);
    const answer open = ask(in, "GET /metrics", open_metrics);
    BOOST_TEST(open.status == 200u);
    BOOST_TEST(open.type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    BOOST_TEST(open.body.ends_with("# EOF\n"));
}

BOOST_AUTO_TEST_CASE(head_reads_no_counters) {
    metrics_world in;
    int reads = 0;
    in.service.source.post = [&](std::function<void()>) { ++reads; };
    raw_client client(in);
    client.send("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.receive(true).status == 200u);
    BOOST_TEST(reads == 0);
    const answer refused = ask(in, "POST /metrics");
    BOOST_TEST(refused.status == 405u);
    BOOST_TEST(refused.allow == "GET, HEAD");
    is_problem(ask(in, "GET /metrics?path=%2Fsrv%2Fx"), 400, "has no meaning here");
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_chunks) {
    metrics_world in;
    raw_client client(in);
    client.send("GET /metrics HTTP/1.0\r\n\r\n");
    const answer got = client.receive();
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(!got.chunked);
    BOOST_TEST(client.is_ended());
}

BOOST_AUTO_TEST_CASE(scrape_yields_to_other_requests) {
    metrics_world in;
    for (int i = 0; i < 5000; ++i) in.service.source.put("/srv/" + std::to_string(i));
    raw_client client(in);
    client.send(figures_request);
    BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
    const answer got = client.receive();
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.body.find("filemap_io_now{path=\"/srv/4999\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(client_gone_during_scrape_leaks_nothing) {
    metrics_world in;
    std::vector<std::function<void()>> held;
    in.service.source.post = [&](std::function<void()> answer) { held.push_back(std::move(answer)); };
    {
        raw_client client(in);
        client.send(figures_request);
        BOOST_TEST_REQUIRE(in.turn_until([&] { return !held.empty(); }));
    }
    for (const auto& answer : std::exchange(held, {})) answer();
    BOOST_TEST(in.stop());
}

BOOST_AUTO_TEST_CASE(concurrent_scrapes_share_readings) {
    tcp_world in;
    std::vector<std::function<void()>> held;
    in.service.source.post = [&](std::function<void()> answer) { held.push_back(std::move(answer)); };
    raw_client first(in, in.connected()), second(in, in.connected()), near(in);
    first.send(figures_request);
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !held.empty(); }));
    // Both requests wait while later requests are answered.
    second.send("GET /v1/counters HTTP/1.1\r\nHost: localhost\r\n\r\n");
    near.send("GET /metrics HTTP/1.1\r\nHost: x\r\n" + std::string(open_metrics) + "\r\n");
    const auto get_status = [&] { return ask(in, "GET /v1/status").status == 200; };
    for (int i = 0; i < 3; ++i) BOOST_TEST(get_status());
    BOOST_TEST(held.size() == 1u);
    in.service.source.post = [&](std::function<void()> answer) { boost::asio::post(in.events, std::move(answer)); };
    for (const auto& answer : std::exchange(held, {})) answer();
    for (raw_client* client : {&first, &second, &near}) {
        const answer got = client->receive();
        BOOST_TEST(got.status == 200u);
        BOOST_TEST(got.body.find("/srv/x") != std::string::npos);
    }
    BOOST_TEST(held.empty());
}

BOOST_AUTO_TEST_CASE(address_serves_public_routes_only) {
    tcp_world in;
    const answer got = in.ask_metrics(figures_request);
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.body.find("{path=\"/srv/x\",device=\"dm-0\"} 5\n") != std::string::npos);
    BOOST_TEST(in.ask_metrics("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200u);
    const answer counters = in.ask_address("GET /v1/counters");
    BOOST_TEST(counters.body.find("{\"path\":\"/srv/x\",\"device\":\"254:0\",") != std::string::npos, counters.body);
    for (const char* what : {"GET /v1/files", "GET /v1/status", "POST /v1/reload", "POST /v1/hot/dev/x",
                             "DELETE /v1/files/srv/x", "POST /v1/files", "GET /page", "GET /index.html"})
        BOOST_TEST(in.ask_address(what).status == 404u, what);
    for (const char* what : {"POST /metrics", "POST /", "DELETE /v1/map/srv/x", "POST /v1/events"})
        BOOST_TEST(in.ask_address(what).status == 405u, what);
    BOOST_TEST(in.service.done.empty());
    BOOST_TEST(in.ask_address("GET /v1/map/srv/x").status == 200u);
    BOOST_TEST(in.ask_address("GET /v1/heat?path=%2Fsrv%2Fx").status == 200u);
    BOOST_TEST((in.service.done == std::vector<std::string>{"map /srv/x", "heat /srv/x"}));
    BOOST_TEST(in.ask_metrics("nonsense\r\n\r\n").status == 400u);
    BOOST_TEST(in.ask_address("GET /metrics", "A: " + std::string(20000, 'a') + "\r\n").status == 431u);
}

BOOST_AUTO_TEST_CASE(address_sends_events_like_socket) {
    tcp_world in;
    raw_client far(in, in.connected()), near(in);
    for (raw_client* client : {&far, &near}) {
        client->send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        BOOST_TEST_REQUIRE(in.turn_until([&] { return client->received().find("listening") != std::string::npos; }));
    }
    dmfilemapd::control::event gone;
    gone.what = dmfilemapd::control::event::kind::removed;
    gone.path = "/srv/x";
    in.service.tell(gone);
    for (raw_client* client : {&far, &near})
        BOOST_TEST(in.turn_until([&] { return client->received().find("\"/srv/x\"") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(page_parts_load_nothing_else) {
    tcp_world in;
    const std::pair<const char*, const char*> parts[] = {{"/", "text/html; charset=utf-8"},
                                                         {"/page.css", "text/css; charset=utf-8"},
                                                         {"/page.js", "text/javascript; charset=utf-8"},
                                                         {"/page.svg", "image/svg+xml"}};
    for (const auto& [path, type] : parts) {
        const answer got = in.ask_address(std::string("GET ") + path);
        BOOST_TEST(got.status == 200u);
        BOOST_TEST(got.type == type);
        BOOST_TEST((got.body == source_of(path)), path);
    }
    raw_client client(in, in.connected());
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST_REQUIRE(in.turn_until([&] { return client.received().find("</html>") != std::string::npos; }));
    const std::string head = client.received().substr(0, client.received().find("\r\n\r\n") + 2);
    for (const char* field :
         {"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
          "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cross-Origin-Resource-Policy: same-origin\r\n"})
        BOOST_TEST(head.find(field) != std::string::npos, field << " is not in " << head);
}

BOOST_AUTO_TEST_CASE(foreign_host_name_is_refused) {
    app::control::server_options options;
    options.hosts = {"db1", "db1.example.org"};
    tcp_world in(options);
    const auto status_for = [&](const std::string& host) {
        return in.ask_metrics("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status;
    };
    for (const char* own : {"localhost", "LocalHost:9797", "127.0.0.1", "10.0.0.7:80", "[::1]:9797", "db1", "db1:9797",
                            "DB1.example.org:9797", ""})
        BOOST_TEST(status_for(own) == 200u, own);
    for (const char* other : {"evil.example", "evil.example:9797", "localhost.evil.example", "db1.evil.example", "x",
                              "127.0.0.1.evil.example", "[", "[]", ":9797", "::1.example"})
        BOOST_TEST(status_for(other) == 421u, other);
    is_problem(in.ask_metrics("GET / HTTP/1.1\r\nHost: evil\r\n\r\n"), 421,
               "the host 'evil' is not among [metrics] hosts");
    BOOST_TEST(in.ask_metrics("GET /metrics HTTP/1.0\r\n\r\n").status == 200u);
    BOOST_TEST(ask(in, "GET /metrics").status == 200u, "on the control socket nobody comes by a name");
}

BOOST_AUTO_TEST_CASE(slow_reader_is_disconnected) {
    app::control::server_options options;
    options.answer_patience = std::chrono::milliseconds{300};
    tcp_world in(options);
    for (int i = 0; i < 20000; ++i) in.service.source.put("/srv/" + std::to_string(i));
    raw_client slow(in, in.connected());
    slow.send(figures_request);
    // The client reads a little repeatedly, so that it is never idle for long.
    BOOST_TEST(in.turn_until([&] {
        slow.take(512);
        return std::ranges::any_of(in.logged,
                                   [](const std::string& line) { return line.find("was dropped") != line.npos; });
    }));
}

BOOST_AUTO_TEST_CASE(silent_clients_keep_no_other_out) {
    app::control::server_options options;
    options.max_clients = 2;
    tcp_world in(options);
    raw_client silent(in, in.connected()), slow(in, in.connected());
    slow.send("GET /metr");
    const answer got = in.ask_metrics(figures_request);
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(silent.is_ended());
}

BOOST_AUTO_TEST_CASE(clients_beyond_limit_are_refused) {
    app::control::server_options options;
    options.max_clients = 1;
    tcp_world in(options);
    std::vector<std::function<void()>> held;
    in.service.source.post = [&](std::function<void()> answer) { held.push_back(std::move(answer)); };
    raw_client first(in, in.connected());
    first.send(figures_request);
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !held.empty(); }));
    BOOST_TEST(in.ask_metrics(figures_request).status == 503u);
    for (const auto& answer : std::exchange(held, {})) answer();
    BOOST_TEST(first.receive().status == 200u);
}

BOOST_AUTO_TEST_CASE(gone_listener_frees_its_place) {
    app::control::server_options options;
    options.max_listeners = 1;
    tcp_world in(options);
    const auto is_free = [&] { return in.ask_address("HEAD /v1/events").status == 200; };
    for (const auto leave : {&raw_client::close, &raw_client::end_sending}) {
        const auto listener = listener_at(in);
        BOOST_TEST(!is_free());
        (*listener.*leave)();
        BOOST_TEST(in.turn_until(is_free));
    }
    const auto talker = listener_at(in);
    talker->send("x");
    BOOST_TEST(in.turn_until(is_free));
}

BOOST_AUTO_TEST_CASE(staying_listener_gets_events) {
    tcp_world in;
    const auto listener = listener_at(in);
    dmfilemapd::control::event happened;
    happened.what = dmfilemapd::control::event::kind::removed;
    happened.path = "/srv/a";
    in.service.tell(happened);
    BOOST_TEST(in.turn_until([&] { return listener->received().find("/srv/a") != std::string::npos; }));
    BOOST_TEST(!listener->at_end());
}

BOOST_AUTO_TEST_CASE(listeners_keep_no_client_out) {
    app::control::server_options options;
    options.max_clients = 1;
    options.max_listeners = 3;
    tcp_world in(options);
    std::vector<std::unique_ptr<raw_client>> listeners;
    for (std::size_t i = 0; i < options.max_listeners; ++i) listeners.push_back(listener_at(in));
    BOOST_TEST(in.ask_metrics(figures_request).status == 200u);
    BOOST_TEST(in.ask_address("GET /v1/events").status == 503u);
}

BOOST_AUTO_TEST_CASE(keep_alive_is_enabled) {
    tcp_world in;
    const int socket = in.connected();
    raw_client client(in, socket);
    client.send(figures_request);
    BOOST_TEST(client.receive().status == 200u);
    int is_on = 0;
    socklen_t size = sizeof is_on;
    BOOST_TEST_REQUIRE(::getsockopt(peer_of(socket), SOL_SOCKET, SO_KEEPALIVE, &is_on, &size) == 0);
    BOOST_TEST(is_on == 1);
}

BOOST_AUTO_TEST_CASE(stop_closes_connections) {
    tcp_world in;
    raw_client client(in, in.connected());
    client.send(figures_request);
    BOOST_TEST(client.receive().status == 200u);
    in.metrics->stop();
    BOOST_TEST(client.is_ended());
}

BOOST_AUTO_TEST_CASE(unavailable_address_is_refused_by_name) {
    tcp_world in;
    const tcp::endpoint taken(boost::asio::ip::address_v4::loopback(), ntohs(in.address.sin_port));
    const auto is_told = [&](const app::startup_error& why) {
        return why.what() == "metrics address 127.0.0.1:" + std::to_string(taken.port()) + ": Address already in use";
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(app::control::listen_at(taken)), app::startup_error, is_told);
}

BOOST_AUTO_TEST_SUITE_END()
