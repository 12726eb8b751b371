#include "common/http/tcp_listener.hpp"

#include "common/cli/startup_error.hpp"
#include "common/http/client_limit.hpp"
#include "common/http/connection.hpp"
#include "common/http/event_hub.hpp"
#include "common/http/problem.hpp"
#include "common/http/session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <sys/socket.h>

namespace app::control {

namespace asio = boost::asio;
using asio::ip::tcp;
using filemap::log_level;

namespace {

// Pause before the next accept after accept failed for lack of descriptors or memory.
constexpr std::chrono::seconds accept_again{1};

[[noreturn]] void refuse_system(const tcp::endpoint& address) {
    // Saves the error text, because the next call changes errno.
    const std::string why = std::strerror(errno);
    const std::string host = address.address().to_string();
    throw startup_error("metrics address " + (address.address().is_v6() ? '[' + host + ']' : host) + ':' +
                        std::to_string(address.port()) + ": " + why);
}

}  // namespace

filemap::fs::descriptor listen_at(const tcp::endpoint& address) {
    const int on = 1;
    filemap::fs::descriptor socket{
        ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP)};
    // A restarted daemon must be able to bind while connections of the previous process linger.
    if (!socket.is_open() || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(socket.get(), address.data(), static_cast<socklen_t>(address.size())) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0)
        refuse_system(address);
    return socket;
}

struct metrics_server::state : std::enable_shared_from_this<state> {
    state(asio::any_io_executor events, filemap::fs::descriptor listening, api of, filemap::logger to,
          server_options limits)
        : executor(std::move(events)),
          offered(std::move(of)),
          log(std::move(to)),
          options(limits),
          // The acceptor ignores the family after construction, so IPv4 also works for an IPv6 socket.
          acceptor(executor, asio::generic::stream_protocol(AF_INET, IPPROTO_TCP), listening.release()),
          changed(executor) {}

    void start(connection::stream_type::socket_type client) {
        std::optional<problem> verdict;
        if (!make_room(connections, options.max_clients))
            verdict.emplace(boost::beast::http::status::service_unavailable, "there are too many clients already");
        // Keep-alive detects a client whose machine is gone while there is nothing to send.
        boost::system::error_code ignored;
        client.set_option(asio::socket_base::keep_alive(true), ignored);
        const auto one = std::make_shared<connection>(std::move(client));
        connections.insert(one);
        asio::co_spawn(executor, serve(around, *one, std::move(verdict)),
                       [self = shared_from_this(), one](std::exception_ptr why) {
                           one->close();
                           self->connections.erase(one);
                           self->changed.notify();
                           if (why) self->on_dropped(why);
                       });
    }

    void on_dropped(const std::exception_ptr& why) const {
        try {
            std::rethrow_exception(why);
        } catch (const boost::system::system_error& gone) {
            log(log_level::debug, "metrics: a client was dropped: " + gone.code().message());
        } catch (const std::exception& wrong) {
            log(log_level::error, std::string("metrics: a client was dropped: ") + wrong.what());
        }
    }

    asio::awaitable<void> accept_all() {
        while (!stopping) {
            // Accepts some clients only to reject them with status 503. Beyond this limit clients stay in the kernel's
            // queue.
            if (connections.size() >= 2 * options.max_clients + options.max_listeners) {
                co_await changed.wait();
                continue;
            }
            auto [error, client] = co_await acceptor.async_accept(executor, as_result);
            if (stopping) break;
            if (!error) {
                was_refused = false;
                start(std::move(client));
                continue;
            }
            if (!std::exchange(was_refused, true))
                log(log_level::warning, "metrics: cannot accept a client: " + error.message());
            const auto later = std::chrono::steady_clock::now() + accept_again;
            co_await changed.wait_until(later);
        }
    }

    void stop() {
        stopping = true;
        boost::system::error_code ignored;
        acceptor.close(ignored);
        for (const auto& client : connections) client->close();
        changed.notify();
    }

    asio::any_io_executor executor;
    const api offered;
    filemap::logger log;
    server_options options;
    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor;
    std::shared_ptr<event_hub> hub = std::make_shared<event_hub>();
    server_context around{offered, *hub, options, true};
    clients connections;
    condition changed;
    bool stopping = false;
    bool was_refused = false;
};

metrics_server::metrics_server(asio::any_io_executor events, filemap::fs::descriptor listening, api offered,
                               filemap::logger log, server_options options)
    : state_(std::make_shared<state>(std::move(events), std::move(listening), std::move(offered), std::move(log),
                                     options)) {}

metrics_server::~metrics_server() {
    stop();
}

void metrics_server::start() {
    state_->offered.events.tell(state_->hub);
    asio::co_spawn(state_->executor, state_->accept_all(), [self = state_](std::exception_ptr why) {
        if (why) self->log(log_level::error, "metrics: clients are no longer accepted");
    });
}

void metrics_server::stop() {
    state_->stop();
}

}  // namespace app::control
