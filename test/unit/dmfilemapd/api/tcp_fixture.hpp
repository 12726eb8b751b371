#pragma once

#include "common/http/tcp_listener.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

namespace filemap::test {

/// World whose files answer readings when the event loop runs.
struct metrics_world : world {
    explicit metrics_world(app::control::server_options options = {}) : world(options) {
        service.source.post = [this](std::function<void()> answer) { boost::asio::post(events, std::move(answer)); };
        service.source.put("/srv/x").counters->live.reads = 5;
    }
};

/// World with a metrics server on a free port in addition to the control socket.
struct tcp_world : metrics_world {
    explicit tcp_world(const app::control::server_options& options = {}) {
        auto socket = app::control::listen_at({boost::asio::ip::address_v4::loopback(), 0});
        socklen_t size = sizeof address;
        BOOST_TEST_REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        filemap::logger log(filemap::log_level::debug,
                            [this](filemap::log_level, std::string_view text) { logged.emplace_back(text); });
        metrics.emplace(events.get_executor(), std::move(socket), control::api_of(service), std::move(log), options);
        metrics->start();
    }
    ~tcp_world() {
        metrics->stop();
        turn_until([this] { return service.source.readings.empty(); });
    }

    int connected() {
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        BOOST_TEST_REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        BOOST_TEST_REQUIRE(::fcntl(client, F_SETFL, O_NONBLOCK) == 0);
        return client;
    }

    answer ask_metrics(const std::string& text) {
        raw_client client(*this, connected());
        client.send(text);
        return client.receive(text.starts_with("HEAD"));
    }

    answer ask_address(const std::string& method_and_target, const std::string& rest = {}) {
        return ask_metrics(method_and_target + " HTTP/1.1\r\nHost: localhost\r\n" + rest + "\r\n");
    }

    sockaddr_in address{};
    std::optional<app::control::metrics_server> metrics;
};

}  // namespace filemap::test
