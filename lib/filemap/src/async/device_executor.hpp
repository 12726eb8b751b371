#pragma once

#include <filemap/units.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace filemap {

/// A call that a device has not answered.
struct pending_call {
    device_id device;
    /// Number of calls that the device has answered before.
    std::uint64_t answers = 0;
    /// True if the call runs; false if the call waits for a thread.
    bool running = false;
    /// Time at which the call began to run, or to wait.
    std::chrono::steady_clock::time_point since{};
};

namespace detail {

/// Calls of all devices, shared by the event loop and the threads that make the calls.
class pending_calls {
public:
    /// Returns true if the call is the only one of its device.
    [[nodiscard]] bool add(device_id device);
    void begin(device_id device, std::chrono::steady_clock::time_point now);
    void end(device_id device, std::chrono::steady_clock::time_point now);
    [[nodiscard]] std::vector<pending_call> list() const;

private:
    struct counts {
        std::uint64_t answers = 0;
        std::size_t pending = 0;
        bool running = false;
        std::chrono::steady_clock::time_point since{};
    };

    mutable std::mutex mutex_;
    std::map<device_id, counts> of_;
    std::size_t pending_ = 0;
};

/// Marks a call as running, on the thread that makes it.
class running_call {
public:
    running_call(pending_calls& of, device_id device);

    [[nodiscard]] std::chrono::steady_clock::time_point begun_at() const noexcept { return begun_at_; }
    /// Ends the call. Must be called once. @return Cost of the call.
    [[nodiscard]] std::chrono::nanoseconds end();

private:
    pending_calls& of_;
    device_id device_;
    std::chrono::steady_clock::time_point begun_at_;
    std::chrono::nanoseconds processor_;
};

}  // namespace detail

/**
 * @brief Runs blocking calls off the event loop. Calls of one device run one at a time and in order; calls of different
 * devices run concurrently.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; `async_run` from the event loop's thread.
 */
class device_executor {
public:
    using executor_type = boost::asio::any_io_executor;
    /// Job on a device's strand. The argument is the time of its start.
    using job = std::function<void(std::chrono::steady_clock::time_point)>;

    /// @param events   Executor of completions whose handler has no executor of its own.
    /// @param blocking Bounded pool whose threads may block. A hanging device occupies one thread.
    /// @param busy     Called by `async_run` when no other call is pending. Devices may hang from then on.
    device_executor(executor_type events, executor_type blocking, std::function<void()> busy = {})
        : events_(std::move(events)), blocking_(std::move(blocking)), busy_(std::move(busy)) {}

    /**
     * @brief Runs @p what on the device's strand.
     * @param what  Must own everything that it uses, or the used objects must outlive the pool.
     * @param token Completion token, `void(std::exception_ptr, std::chrono::nanoseconds)`: the exception of the job,
     * and its processor time.
     * @par Cancellation  None: a blocking system call cannot be cancelled.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr, std::chrono::nanoseconds)> Token>
    auto async_run(device_id device, job what, Token&& token) {
        return boost::asio::async_initiate<Token, void(std::exception_ptr, std::chrono::nanoseconds)>(
            [this, device](auto handler, job work) {
                auto to = boost::asio::get_associated_executor(handler, events_);
                auto guard = boost::asio::make_work_guard(to);
                if (calls_->add(device) && busy_) busy_();
                boost::asio::post(strand_of(device), [handler = std::move(handler), work = std::move(work),
                                                      guard = std::move(guard), calls = calls_, device]() mutable {
                    detail::running_call running(*calls, device);
                    std::exception_ptr thrown;
                    try {
                        work(running.begun_at());
                    } catch (...) {
                        thrown = std::current_exception();
                    }
                    work = nullptr;
                    const std::chrono::nanoseconds cost = running.end();
                    boost::asio::post(guard.get_executor(),
                                      [handler = std::move(handler), thrown = std::move(thrown), cost]() mutable {
                                          std::move(handler)(std::move(thrown), cost);
                                      });
                });
            },
            token, std::move(what));
    }

    /// Returns the oldest pending call of each device. May be called from any thread.
    [[nodiscard]] std::vector<pending_call> pending() const { return calls_->list(); }

private:
    using strand = boost::asio::strand<executor_type>;

    strand& strand_of(device_id device) { return strands_.try_emplace(device, blocking_).first->second; }

    executor_type events_;
    executor_type blocking_;
    std::function<void()> busy_;
    std::shared_ptr<detail::pending_calls> calls_ = std::make_shared<detail::pending_calls>();
    std::map<device_id, strand> strands_;
};

}  // namespace filemap
