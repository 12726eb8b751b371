#pragma once

#include "common/http/api.hpp"
#include "common/http/control_socket.hpp"
#include "common/http/server_options.hpp"

#include <filemap/logger.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace app::control {

/**
 * @brief HTTP server on an event loop.
 * @details
 * Creates no threads. Sends every answer in chunks, so that no client delays the loop. Disconnects a client that is
 * slow or exceeds a limit.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class server {
public:
    using executor_type = boost::asio::any_io_executor;

    /// @param socket  Listening socket. `stop` deletes its name and its lock.
    /// @param offered Routes and events. The server receives the events until `async_run` completes.
    server(executor_type events, std::unique_ptr<control_socket> socket, api offered, filemap::logger log,
           server_options options = {});
    server(server&&) noexcept;
    ~server();

    [[nodiscard]] executor_type get_executor() const noexcept;

    /// If the socket's name was deleted, creates a new socket and logs this. Connected clients stay. Blocks in file
    /// system calls.
    void listen_again();

    /// Closes all connections and the socket, so that another server can listen at once. Actions started by clients
    /// continue.
    void stop();

    /**
     * @brief Serves clients until `stop`. Completes when the last connection has ended.
     * @param token Completion token, `void(std::exception_ptr)`.
     * @par Cancellation  Every type has the effect of `stop`.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr)> Token>
    auto async_run(Token&& token) {
        return boost::asio::co_spawn(get_executor(), run(state_), std::forward<Token>(token));
    }

private:
    struct state;
    static boost::asio::awaitable<void> run(std::shared_ptr<state> self);

    std::shared_ptr<state> state_;
};

}  // namespace app::control
