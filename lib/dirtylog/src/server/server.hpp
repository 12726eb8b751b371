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
    protocol_options decides;
    /// A region becomes clean on disk when it was idle for one to two of these.
    std::chrono::milliseconds clear_delay{std::chrono::seconds{5}};
    /// A job that takes longer is told of, before the kernel repeats its request after 15 s.
    std::chrono::milliseconds slow_job{std::chrono::seconds{10}};
    /// Called once, when the logs that the kernel goes on with are taken up.
    std::function<void()> restored = [] {};
};

struct server_counts {
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    /// Dropped: no request of the kernel's, or not sent by it.
    std::uint64_t malformed = 0;
    std::uint64_t foreign = 0;
    /// Answered when a job had ended; since their requests were received.
    std::uint64_t waited = 0;
    std::chrono::nanoseconds wait_time{0};
    std::chrono::nanoseconds max_wait{0};
    /// How often the socket has lost requests; the kernel repeats them.
    std::uint64_t overflows = 0;
};

/**
 * @brief Answers the kernel's requests on a datagram socket.
 * @details
 * Makes no threads and sets up no logging: the host passes the executor of its event loop, one for blocking calls, and
 * the socket: of netlink, joined to the connector's group and of this boot's initial network namespace, or any other
 * for tests. What needs no disk is answered at once, in the loop that receives. Jobs run on the blocking executor, one
 * at a time for each log, and one more that flushes the caches of its legs.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all from the event loop's thread.
 */
class server {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Logs that the kernel goes on with are found in `node::directory`, and so are requests to be answered.
    /// @param blocking Two threads for each log that may hang. They must have ended before the event loop's context is
    /// destroyed.
    [[nodiscard]] static result<server> open(executor_type events, executor_type blocking,
                                             filemap::fs::descriptor socket, node on, logger log,
                                             server_options options = {});
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;
    /// Stops it; what runs goes on to its end.
    ~server();

    [[nodiscard]] executor_type get_executor() const noexcept;
    [[nodiscard]] server_counts counts() const noexcept;
    [[nodiscard]] std::vector<log_status> status() const;

    /// @name As of `protocol`.
    /// @{
    void begin_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done);
    void forget_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done);
    void changes_since(std::string_view uuid, std::string_view name, protocol::tracked done);
    [[nodiscard]] std::vector<std::string> checkpoints(std::string_view uuid) const;
    /// @}

    /// Takes no more requests; `async_run` ends when the jobs have.
    void stop();

    /**
     * @brief Takes up the logs, answers what was left, and then what comes, until stopped.
     * @param token Completion token, `void(std::exception_ptr, error_code)`: what made the socket useless, if anything.
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
