#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>

namespace filemap {

/**
 * @brief Runs blocking jobs of one kind, with limited concurrency. A job that exceeds the time limit is reported as
 * hanging, and another job may start in its place, up to a limit of hanging jobs.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class blocking_queue : public std::enable_shared_from_this<blocking_queue> {
public:
    using number = std::uint64_t;
    using clock = std::chrono::steady_clock;

    struct limits {
        std::size_t at_once = 4;
        /// Limit of hanging jobs, which need as many further threads.
        std::size_t hanging = 4;
        clock::duration hang_timeout = std::chrono::seconds{5};
    };
    /// Called on the event loop's thread.
    struct handlers {
        /// Returns the job shortly before the job runs; empty if the job is no longer needed.
        std::function<std::function<void()>(number)> begin;
        std::function<void(number)> end;
        std::function<void(number)> hangs;
    };

    blocking_queue(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, limits bounds,
                   handlers handle);

    void add(number job);
    /// Ends the queue: no further job starts and no handler is called.
    void close();

private:
    /// State shared with the threads.
    struct queue;

    void begin_more();
    /// Starts the missing threads. @return Number of threads, including hanging ones.
    std::size_t start_threads();
    void finish_done();
    void watch();
    void look_for_hanging();
    [[nodiscard]] std::size_t max_threads() const;

    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    limits limits_;
    handlers handle_;
    boost::asio::steady_timer timer_;
    bool watching_ = false;
    bool closed_ = false;
    std::deque<number> waiting_;
    std::size_t begun_ = 0;
    std::set<number> hanging_;
    std::shared_ptr<queue> queue_;
};

}  // namespace filemap
