#pragma once

#include "protocol/protocol.hpp"

#include <filemap/fs/descriptor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace dirtylog {

struct server_options {
    protocol_options protocol;
    /// A region becomes clean on disk after one to two of these intervals without writes.
    std::chrono::milliseconds clear_delay{std::chrono::seconds{5}};
    /// A job that takes longer is logged. Less than the 15 s after which the kernel repeats its request.
    std::chrono::milliseconds slow_job{std::chrono::seconds{10}};
    /// Called once, when the logs in use by the kernel are restored.
    std::function<void()> restored = [] {};
};

struct server_counts {
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    /// Dropped datagrams: malformed, or not sent by the kernel.
    std::uint64_t malformed = 0;
    std::uint64_t foreign = 0;
    /// Requests answered after a job, and the time since their receipt.
    std::uint64_t waited = 0;
    std::chrono::nanoseconds wait_time{0};
    std::chrono::nanoseconds max_wait{0};
    /// Receive buffer overflows. The kernel repeats the lost requests.
    std::uint64_t overflows = 0;
};

/**
 * @brief Answers the kernel's requests on a datagram socket.
 * @details
 * Makes no threads and sets up no logging. The host passes the executors of its event loop and of blocking calls, and
 * the socket. The socket is a netlink socket of the initial network namespace that has joined the connector's group;
 * tests pass any datagram socket. Requests that need no disk are answered at once, in the receive loop. Jobs run on the
 * blocking executor: one at a time for each log, and one more that flushes the caches of its legs.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; call all functions on the event loop's thread.
 */
class server {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Opens a server. Logs in use by the kernel, and unanswered requests, are read from `environment::directory`.
    /// @param blocking Needs two threads for each log that may hang. The threads must end before the event loop's
    /// context is destroyed.
    [[nodiscard]] static result<server> open(executor_type events, executor_type blocking,
                                             filemap::fs::descriptor socket, environment env, logger log,
                                             server_options options = {});
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;
    /// Stops the server. Running jobs continue to their end.
    ~server();

    [[nodiscard]] executor_type get_executor() const noexcept;
    [[nodiscard]] server_counts counts() const noexcept;
    [[nodiscard]] std::vector<log_status> status() const;

    /// @name Same as in `protocol`.
    /// @{
    void begin_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done);
    void forget_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done);
    void changes_since(std::string_view uuid, std::string_view name, protocol::tracked done);
    [[nodiscard]] std::vector<std::string> checkpoints(std::string_view uuid) const;
    /// @}

    /// Stops receiving. `async_run` ends after the running jobs.
    void stop();

    /**
     * @brief Restores the logs, answers leftover requests, then serves until stopped.
     * @param token Completion token, `void(std::exception_ptr, error_code)`: the error that made the socket unusable,
     * or none.
     * @par Cancellation  Terminal, partial and total: as @ref stop.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr, error_code)> Token>
    auto async_run(Token&& token) {
        return boost::asio::co_spawn(get_executor(), run(state_), std::forward<Token>(token));
    }

private:
    struct state;
    explicit server(std::shared_ptr<state> made);
    static boost::asio::awaitable<error_code> run(std::shared_ptr<state> self);

    std::shared_ptr<state> state_;
};

}  // namespace dirtylog
