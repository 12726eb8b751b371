// Tests the metrics address with a thousand concurrent clients.

#include "unit/dmfilemapd/api/tcp_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace filemap::test;

constexpr const char* figures_request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Returns the number of open connections that this process has accepted on a port.
std::size_t accepted_at(in_port_t port) {
    std::size_t count = 0;
    for (int at = 0; at < 4096; ++at) {
        sockaddr_in own{}, other{};
        socklen_t size = sizeof own, size_of_other = sizeof other;
        if (::getsockname(at, reinterpret_cast<sockaddr*>(&own), &size) == 0 && own.sin_family == AF_INET &&
            own.sin_port == port && ::getpeername(at, reinterpret_cast<sockaddr*>(&other), &size_of_other) == 0)
            ++count;
    }
    return count;
}

/// Raises the limit of descriptors, because this process holds both ends of a thousand connections.
void allow_many_descriptors() {
    rlimit limit{};
    BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
    BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(many_clients_test)

BOOST_AUTO_TEST_CASE(silent_clients_keep_none_out) {
    allow_many_descriptors();
    const app::control::server_options options;
    tcp_world in;
    std::vector<std::unique_ptr<raw_client>> clients;
    std::size_t most = 0;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(std::make_unique<raw_client>(in, in.connected()));
        // Some clients have sent a partial request.
        if (i % 10 == 0) clients.back()->send("GET /metr");
        in.events.restart();
        in.events.poll();
        if (i % 20 == 0) most = std::max(most, accepted_at(in.address.sin_port));
    }
    BOOST_TEST(most <= options.max_clients + 1);
    BOOST_TEST(in.ask_metrics(figures_request).status == 200u);
    BOOST_TEST(accepted_at(in.address.sin_port) <= options.max_clients + 1);
    BOOST_TEST(clients.front()->is_ended());
    clients.back()->received();
    BOOST_TEST(!clients.back()->at_end());
}

BOOST_AUTO_TEST_CASE(waiting_clients_are_not_all_accepted) {
    allow_many_descriptors();
    const app::control::server_options options;
    tcp_world in;
    std::vector<std::function<void()>> held;
    in.service.source.post = [&](std::function<void()> answer) { held.push_back(std::move(answer)); };
    std::vector<std::unique_ptr<raw_client>> clients;
    std::size_t most = 0;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(std::make_unique<raw_client>(in, in.connected()));
        clients.back()->send(figures_request);
        in.events.restart();
        in.events.poll();
        if (i % 20 == 0) most = std::max(most, accepted_at(in.address.sin_port));
    }
    BOOST_TEST(most > options.max_clients);
    BOOST_TEST(most <= 2 * options.max_clients + options.max_listeners);
    in.service.source.post = [&](std::function<void()> answer) { boost::asio::post(in.events, std::move(answer)); };
    for (const auto& answer : std::exchange(held, {})) answer();
    for (std::size_t i = 0; i < options.max_clients; ++i) BOOST_TEST(clients[i]->receive().status == 200u);
    clients.clear();
    BOOST_TEST(in.ask_metrics(figures_request).status == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
