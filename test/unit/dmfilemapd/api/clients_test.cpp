// Tests that many, slow, disconnected and rejected clients do not delay other clients.

#include "dmfilemapd/api/file_json.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using namespace filemap::test;

const std::string get_status = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_files = "GET /v1/files HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string get_metrics = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string post_reload = "POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
const std::string get_events = "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n";

control::event event_of(control::event::kind what, std::string path) {
    control::event happened;
    happened.what = what;
    happened.path = std::move(path);
    return happened;
}

/// Formats the present time like the time of an event.
std::string now_in_words() {
    const auto now = std::chrono::system_clock::now();
    const auto told = boost::json::parse(json_of(event_of(control::event::kind::reload, ""), now));
    return std::string(told.at("time").as_string());
}

/// Returns the received lines of JSON, once there are @p many.
std::vector<boost::json::object> events_of(world& in, raw_client& client, std::size_t many) {
    const auto lines = [&] { return std::size_t(std::ranges::count(client.received(), '}')); };
    BOOST_TEST_REQUIRE(in.turn_until([&] { return lines() >= many; }), client.received());
    std::vector<boost::json::object> events;
    std::string_view rest = client.received();
    for (auto at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
        rest.remove_prefix(at);
        const std::size_t end = rest.find('\n');
        events.push_back(boost::json::parse(rest.substr(0, end)).as_object());
        rest.remove_prefix(end);
    }
    return events;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clients_test)

BOOST_AUTO_TEST_CASE(busy_server_refuses_extra_client) {
    world in;
    in.service.holds = true;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (std::size_t i = 0; i < app::control::server_options{}.max_clients; ++i) {
        clients.push_back(std::make_unique<raw_client>(in));
        clients.back()->send(post_reload);
        BOOST_TEST(in.turn_until([&] { return in.service.held.size() == i + 1; }));
    }
    {
        // A client that is about to be rejected holds no place, so another client cannot replace it.
        const raw_client silent(in);
        raw_client another(in);
        another.send(get_status);
        is_problem(another.receive(), 503, "there are 32 clients already");
        BOOST_TEST(another.is_ended());
    }
    in.service.held[0]({});
    BOOST_TEST(clients[0]->receive().status == 200u);
    BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
    for (std::size_t i = 1; i < clients.size(); ++i) {
        in.service.held[i]({});
        BOOST_TEST(clients[i]->receive().status == 200u);
    }
}

BOOST_AUTO_TEST_CASE(silent_clients_keep_no_other_out) {
    app::control::server_options options;
    options.max_clients = 3;
    world in(options);
    in.service.holds = true;
    raw_client busy(in), silent(in);
    busy.send(post_reload);
    silent.send("GET /v1/");
    BOOST_TEST(in.turn_until([&] { return in.service.held.size() == 1; }));
    // A client that received an answer has been idle for less time.
    raw_client idle(in);
    idle.send(get_status);
    BOOST_TEST(idle.receive().status == 200u);
    for (int i = 0; i < 20; ++i) {
        raw_client another(in);
        another.send(get_status);
        BOOST_TEST(another.receive().status == 200u);
        if (i == 0) BOOST_TEST(silent.is_ended());
        idle.received();
        if (i == 0) BOOST_TEST(!idle.at_end());
    }
    in.service.held[0]({});
    BOOST_TEST(busy.receive().status == 200u);
}

BOOST_AUTO_TEST_CASE(those_who_listen_are_counted_apart) {
    app::control::server_options options;
    options.max_clients = 1;
    options.max_listeners = 2;
    world in(options);
    std::vector<std::unique_ptr<raw_client>> listeners;
    for (std::size_t i = 0; i < options.max_listeners; ++i) {
        listeners.push_back(std::make_unique<raw_client>(in));
        listeners.back()->send(get_events);
        events_of(in, *listeners.back(), 1);
    }
    BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
    raw_client another(in);
    another.send(get_events);
    is_problem(another.receive(), 503, "there are 2 clients that listen already");
    in.service.tell(event_of(control::event::kind::removed, "/srv/a"));
    for (auto& listener : listeners) events_of(in, *listener, 2);
}

BOOST_AUTO_TEST_CASE(waiting_clients_cost_nothing) {
    app::control::server_options options;
    options.max_clients = 2;
    world in(options);
    in.service.holds = true;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<raw_client>(in));
    // Two clients get an answer in the end. The server rejects the others, or disconnects them before they have sent
    // anything.
    for (auto& client : clients) client->send(post_reload);
    BOOST_TEST(in.turn_until([&] { return in.service.held.size() == 2; }));
    in.service.holds = false;
    for (auto& done : in.service.held) done({});
    std::size_t answered = 0;
    for (auto& client : clients) answered += client->receive().status == 200;
    BOOST_TEST(answered >= 2u);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_dropped) {
    app::control::server_options options;
    options.patience = std::chrono::milliseconds{20};
    world in(options);
    for (const char* text : {"", "GET /v1/",
                             "POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                             "Content-Length: 9\r\n\r\n{"}) {
        raw_client client(in);
        client.send(text);
        BOOST_TEST(client.is_ended(), text);
    }
}

BOOST_AUTO_TEST_CASE(client_not_reading_list_is_dropped) {
    app::control::server_options options;
    options.patience = std::chrono::milliseconds{20};
    world in(options);
    for (int i = 0; i < 10'000; ++i) in.service.put("/srv/" + std::string(100, 'x') + std::to_string(i));
    raw_client client(in);
    client.send(get_files);
    BOOST_TEST(in.turn_until([&] { return !in.logged.empty(); }));
    BOOST_TEST(in.logged[0].starts_with("control socket: a client was dropped: "), in.logged[0]);
}

BOOST_AUTO_TEST_CASE(long_list_yields_between_chunks) {
    // Declared before the fixture, whose destructor runs the last tick.
    std::size_t turns = 0;
    std::function<void()> tick;
    world in;
    for (int i = 0; i < 10'000; ++i) in.service.put("/srv/" + std::to_string(i));
    // Keeps a handler ready all the time, like the monitors of files that are being written.
    tick = [&] {
        ++turns;
        boost::asio::post(in.events, tick);
    };
    tick();
    std::size_t pieces = 0;
    std::size_t last_turns = 0;
    std::size_t without_turn = 0;
    in.service.listed = [&] {
        without_turn += pieces++ > 0 && turns == last_turns;
        last_turns = turns;
    };
    raw_client client(in);
    client.send(get_files);
    const answer got = client.receive();
    tick = [] {};
    BOOST_TEST(boost::json::parse(got.body).as_object().at("files").as_array().size() == 10'000u);
    BOOST_TEST(pieces > 10'000u / 256);
    BOOST_TEST(without_turn == 0u);
}

BOOST_AUTO_TEST_CASE(changing_files_do_not_disturb_list) {
    world in;
    for (int i = 100; i < 900; ++i) in.service.put("/srv/" + std::to_string(i));
    int piece = 0;
    in.service.listed = [&] {
        // The files listed last disappear, and new ones appear before and after them.
        if (piece == 1)
            for (int i = 300; i < 400; ++i) in.service.files.erase("/srv/" + std::to_string(i));
        if (piece == 2) in.service.put("/a");
        if (piece == 2) in.service.put("/z");
        ++piece;
    };
    const auto files = boost::json::parse(ask(in, "GET /v1/files").body).as_object().at("files").as_array();
    const auto path_at = [&](std::size_t i) { return std::string(files[i].as_object().at("path").as_string()); };
    // Files 300 to 355 were in the first chunk.
    BOOST_TEST(files.size() == 800u - 44u + 1u);
    BOOST_TEST(path_at(0) == "/srv/100");
    BOOST_TEST(path_at(256) == "/srv/400");
    BOOST_TEST(path_at(files.size() - 1) == "/z");
}

BOOST_AUTO_TEST_CASE(events_reach_all_who_listen) {
    using kind = control::event::kind;
    world in;
    in.service.now.last_event = 41;
    raw_client one(in), other(in);
    one.send(get_events);
    other.send(get_events);
    // A half-closed client also receives events.
    other.end_sending();
    BOOST_TEST_REQUIRE(events_of(in, one, 1)[0].at("number").to_number<int>() == 41);
    events_of(in, other, 1);
    const std::string before = now_in_words();
    auto state = event_of(kind::state, "/srv/a\xff");
    state.state = control::file_state::failed;
    state.text = "device\ngone";
    in.service.tell(state);
    auto synced = event_of(kind::synced, "/srv/b");
    synced.group = filemap::group_id{7};
    synced.regions = 2;
    synced.extents = 3;
    in.service.tell(synced);
    in.service.tell(event_of(kind::removed, "/srv/b"));
    in.service.tell(event_of(kind::group, "/srv/b"));
    in.service.tell(event_of(kind::error, "/srv/b"));
    in.service.tell(event_of(kind::reload, ""));
    for (raw_client* client : {&one, &other}) {
        auto events = events_of(in, *client, 7);
        for (std::size_t i = 1; i < events.size(); ++i) {
            const std::string told_at(events[i].at("time").as_string());
            BOOST_TEST(told_at >= before);
            BOOST_TEST(told_at <= now_in_words());
            events[i].stable_erase("time");
        }
        BOOST_TEST(boost::json::serialize(events[1]) ==
                   "{\"event\":\"state\",\"number\":42,\"path\":\"/srv/a\xef\xbf\xbd\","
                   "\"path_encoded\":\"/srv/a%FF\",\"state\":\"failed\",\"reason\":\"device\\\\ngone\"}");
        BOOST_TEST(boost::json::serialize(events[2]) == R"({"event":"synced","number":43,"path":"/srv/b","group":7,)"
                                                        R"("regions":2,"extents":3})");
        const char* names[] = {"listening", "state", "synced", "removed", "group", "error", "reload"};
        for (std::size_t i = 0; i < events.size(); ++i) BOOST_TEST(events[i].at("event").as_string() == names[i]);
    }
}

BOOST_AUTO_TEST_CASE(slow_event_reader_is_dropped) {
    app::control::server_options options;
    options.max_event_text = 64 * 1024;
    world in(options);
    raw_client slow(in), quick(in);
    slow.send(get_events);
    quick.send(get_events);
    events_of(in, slow, 1);
    events_of(in, quick, 1);
    // Sends more than the kernel buffers for the slow client, in bursts that the quick client can read.
    std::size_t told = 1;
    const std::string path = "/srv/" + std::string(2000, 'x');
    for (int burst = 0; burst < 200; ++burst) {
        for (int i = 0; i < 10; ++i, ++told) in.service.tell(event_of(control::event::kind::removed, path));
        BOOST_TEST_REQUIRE(
            in.turn_until([&] { return std::size_t(std::ranges::count(quick.received(), '}')) == told; }));
    }
    // The client receives the pending data and then the end of the connection, without the final chunk.
    std::string got;
    BOOST_TEST_REQUIRE(in.turn_until([&] {
        got = slow.received();
        return slow.at_end();
    }));
    BOOST_TEST(std::size_t(std::ranges::count(got, '}')) < told);
    BOOST_TEST(!got.ends_with("\r\n0\r\n\r\n"));
    BOOST_TEST(!quick.at_end());
}

BOOST_AUTO_TEST_CASE(gone_listener_frees_its_place) {
    app::control::server_options options;
    options.max_listeners = 1;
    world in(options);
    for (int i = 0; i < 3; ++i) {
        raw_client client(in);
        client.send(get_events);
        events_of(in, client, 1);
        is_problem(ask(in, "GET /v1/events"), 503, "listen already");
        client.close();
        BOOST_TEST(in.turn_until([&] { return ask(in, "HEAD /v1/events").status == 200; }));
    }
}

BOOST_AUTO_TEST_CASE(end_unsubscribes_from_service) {
    world in;
    raw_client client(in);
    client.send(get_events);
    events_of(in, client, 1);
    BOOST_TEST(in.stop());
    in.server.reset();
    BOOST_TEST_REQUIRE(in.service.hubs.size() == 1u);
    BOOST_TEST(in.service.hubs.front().expired());
    BOOST_TEST(in.turn_until([&] { return client.received().size() > 0 && client.at_end(); }));
}

BOOST_AUTO_TEST_CASE(stop_ends_clients_in_every_state) {
    for (const std::string& text :
         {std::string(), std::string("GET /v1/"), get_status, get_events, get_files, get_metrics,
          std::string("POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n"), std::string("nonsense\r\n\r\n")}) {
        // Stops the server after this number of handlers.
        for (std::size_t turns = 0; turns < 12; ++turns) {
            world in;
            in.service.holds = true;
            for (int i = 0; i < 200; ++i) in.service.put("/srv/" + std::to_string(i));
            in.service.source.put("/srv/0");
            raw_client client(in);
            client.send(text);
            for (std::size_t i = 0; i < turns; ++i) in.events.poll_one();
            BOOST_TEST(in.stop(), text << " after " << turns);
        }
    }
}

BOOST_AUTO_TEST_CASE(stop_ends_waiting_scrape) {
    for (const std::string target : {"/metrics", "/v1/counters"}) {
        world in;
        in.service.source.put("/srv/a");
        raw_client client(in);
        client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST_REQUIRE(in.turn_until([&] { return in.service.source.readings.size() == 1; }), target);
        in.server->stop();
        BOOST_TEST(!in.ended);
        app::control::socket_options same;
        same.path = in.path;
        const app::control::control_socket successor(same);
        // Runs the handlers that are ready, without waiting for timers.
        in.events.restart();
        in.events.poll();
        BOOST_TEST(in.ended, target);
        BOOST_TEST(!in.failed, target);
        BOOST_TEST(successor.is_there(), target);
        BOOST_TEST(client.is_ended(), target);
        in.service.source.readings[0]();
    }
}

BOOST_AUTO_TEST_CASE(loop_may_be_dropped_anytime) {
    for (std::size_t turns = 0; turns < 30; ++turns) {
        fake_target service;
        service.holds = true;
        for (int i = 0; i < 200; ++i) service.put("/srv/" + std::to_string(i));
        service.source.put("/srv/0");
        const scratch_directory directory;
        app::control::socket_options socket;
        socket.path = directory / "s";
        boost::asio::io_context events{1};
        app::control::server server(events.get_executor(), std::make_unique<app::control::control_socket>(socket),
                                    control::api_of(service), {});
        server.async_run([](const std::exception_ptr&) {});
        boost::asio::local::stream_protocol::socket client(events);
        events.poll_one();
        client.connect(boost::asio::local::stream_protocol::endpoint(socket.path));
        const std::string text = get_status + get_files + (turns % 2 == 0 ? post_reload : get_metrics);
        BOOST_TEST(client.send(boost::asio::buffer(text)) == text.size());
        for (std::size_t i = 0; i < turns; ++i) events.poll_one();
        // Ends the readings before the event loop, as the monitors do.
        service.source.readings.clear();
    }
}

BOOST_AUTO_TEST_SUITE_END()
