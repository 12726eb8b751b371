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
 * @brief Answers HTTP requests, on an event loop.
 * @details
 * Makes no threads. No client can hold up the loop: each is served in pieces, and one that is slow or asks for too much
 * is dropped.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class server {
public:
    using executor_type = boost::asio::any_io_executor;

    /// @param socket  Listens; its name and its lock go at `stop`.
    /// @param offered Its events come here until `async_run` is done.
    server(executor_type events, std::unique_ptr<control_socket> socket, api offered, filemap::logger log,
           server_options options = {});
    server(server&&) noexcept;
    ~server();

    [[nodiscard]] executor_type get_executor() const noexcept;

    /// Recreates the socket and logs this if the socket's name was deleted. Connected clients stay. Blocks in file
    /// system calls.
    void listen_again();

    /// Closes the socket, so that another server can listen there at once, and all connections. Actions started by
    /// clients continue.
    void stop();

    /**
     * @brief Serves clients until `stop`; done when no connection is left.
     * @param token Completion token, `void(std::exception_ptr)`.
     * @par Cancellation  Any kind, as `stop`.
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
