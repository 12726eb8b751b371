#include "common/http/server.hpp"

#include "common/cli/startup_error.hpp"
#include "common/http/client_limit.hpp"
#include "common/http/connection.hpp"
#include "common/http/event_hub.hpp"
#include "common/http/problem.hpp"
#include "common/http/session.hpp"
#include "common/text/display.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <string>

#include <unistd.h>

namespace app::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using filemap::log_level;

namespace {

// Pause before the next accept after accept failed for lack of descriptors or memory.
constexpr std::chrono::seconds accept_again{1};

}  // namespace

struct server::state : std::enable_shared_from_this<state> {
    using acceptor_type = asio::basic_socket_acceptor<asio::local::stream_protocol>;
    using socket_type = asio::local::stream_protocol::socket;

    state(executor_type events, std::unique_ptr<control_socket> listening, api of, filemap::logger to,
          server_options limits)
        : executor(std::move(events)),
          socket(std::move(listening)),
          offered(std::move(of)),
          log(std::move(to)),
          options(limits),
          acceptor(executor, asio::local::stream_protocol(), socket->release()),
          changed(executor) {}

    void start(socket_type client);
    [[nodiscard]] std::optional<problem> verdict_on(socket_type& client);
    void ended(const std::shared_ptr<connection>& client, const std::exception_ptr& why);
    void listen_again();
    void stop();
    asio::awaitable<void> accept_one();

    executor_type executor;
    std::unique_ptr<control_socket> socket;
    const api offered;
    filemap::logger log;
    server_options options;
    acceptor_type acceptor;
    std::shared_ptr<event_hub> hub = std::make_shared<event_hub>();
    server_context around{offered, *hub, options};
    clients connections;
    /// Notified when a connection ends and when the server stops.
    condition changed;
    bool stopping = false;
    bool was_refused = false;
};

std::optional<problem> server::state::verdict_on(socket_type& client) {
    const auto who = peer_of(client.native_handle());
    if (!who || !is_allowed(*who, ::geteuid(), options.group)) {
        return problem(http::status::forbidden, "neither root nor a member of the group of the control socket");
    }
    if (!make_room(connections, options.max_clients)) {
        return problem(http::status::service_unavailable,
                       "there are " + std::to_string(options.max_clients) + " clients already");
    }
    return std::nullopt;
}

void server::state::start(socket_type client) {
    auto verdict = verdict_on(client);
    const auto one = std::make_shared<connection>(connection::stream_type::socket_type(std::move(client)));
    connections.insert(one);
    auto when_done = [self = shared_from_this(), one](const std::exception_ptr& why) { self->ended(one, why); };
    asio::co_spawn(executor, serve(around, *one, std::move(verdict)),
                   asio::bind_cancellation_slot(one->session.slot(), std::move(when_done)));
}

void server::state::ended(const std::shared_ptr<connection>& client, const std::exception_ptr& why) {
    client->close();
    connections.erase(client);
    changed.notify();
    if (!why) return;
    try {
        std::rethrow_exception(why);
    } catch (const boost::system::system_error& gone) {
        log(log_level::debug, "control socket: a client was dropped: " + gone.code().message());
    } catch (const std::exception& wrong) {
        log(log_level::error, std::string("control socket: a client was dropped: ") + wrong.what());
    }
}

void server::state::listen_again() {
    if (stopping || socket->is_there()) return;
    try {
        socket->listen_again();
    } catch (const startup_error& why) {
        return log(log_level::error, why.what());
    }
    // The accept loop continues with the new socket.
    boost::system::error_code failed;
    acceptor.close(failed);
    acceptor.assign(asio::local::stream_protocol(), socket->release(), failed);
    if (failed) return log(log_level::error, "control socket " + quoted(socket->path()) + ": " + failed.message());
    log(log_level::notice, "control socket " + quoted(socket->path()) + ": was deleted, is made again");
}

void server::state::stop() {
    stopping = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    // Release the name first: a hung device may keep the process and its descriptors alive long after the stop.
    socket.reset();
    for (const auto& client : connections) {
        client->close();
        // A scrape may wait for a device. Post the signal, because it must reach the session on the event loop.
        asio::post(executor, [client] { client->session.emit(asio::cancellation_type::terminal); });
    }
    changed.notify();
}

asio::awaitable<void> server::state::accept_one() {
    // Accepts some clients only to reject them with status 503. Beyond this limit clients stay in the kernel's queue.
    if (connections.size() >= 2 * options.max_clients + options.max_listeners) {
        co_await changed.wait();
        co_return;
    }
    auto [error, client] = co_await acceptor.async_accept(executor, as_result);
    // A client may be accepted before the stop and reported after it.
    if (stopping) co_return;
    if (!error) {
        was_refused = false;
        start(std::move(client));
    } else if (error != asio::error::operation_aborted) {
        if (!std::exchange(was_refused, true)) {
            log(log_level::warning, "control socket: cannot accept a client: " + error.message());
        }
        const auto later = std::chrono::steady_clock::now() + accept_again;
        co_await changed.wait_until(later);
    }
}

server::server(executor_type events, std::unique_ptr<control_socket> socket, api offered, filemap::logger log,
               server_options options)
    : state_(
          std::make_shared<state>(std::move(events), std::move(socket), std::move(offered), std::move(log), options)) {}

server::server(server&&) noexcept = default;
server::~server() = default;

server::executor_type server::get_executor() const noexcept {
    return state_->executor;
}

void server::listen_again() {
    state_->listen_again();
}

void server::stop() {
    state_->stop();
}

asio::awaitable<void> server::run(std::shared_ptr<state> self) {
    // Cancellation ends the connections first and this coroutine after them.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    self->offered.events.tell(self->hub);
    while (!self->stopping) {
        co_await self->accept_one();
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) self->stop();
    }
    while (!self->connections.empty()) co_await self->changed.wait();
}

}  // namespace app::control
