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
    /// How many calls it has answered before.
    std::uint64_t answers = 0;
    /// Else it waits for a thread.
    bool running = false;
    /// When it began to run, or to wait.
    std::chrono::steady_clock::time_point since{};
};

namespace detail {

/// Shared by the event loop and the threads that make the calls.
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
    /// Once. @return What it has cost.
    [[nodiscard]] std::chrono::nanoseconds end();

private:
    pending_calls& of_;
    device_id device_;
    std::chrono::steady_clock::time_point begun_at_;
    std::chrono::nanoseconds processor_;
};

}  // namespace detail

/**
 * @brief Runs blocking calls off the event loop: those of one device in order and never two at once, those of different
 * devices side by side.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; `async_run` from the event loop's thread.
 */
class device_executor {
public:
    using executor_type = boost::asio::any_io_executor;
    /// Told when it begins.
    using job = std::function<void(std::chrono::steady_clock::time_point)>;

    /// @param events   Where completions go unless their handler has an executor of its own.
    /// @param blocking Its threads may block: a bounded pool. A device that hangs takes one of them.
    /// @param busy     Called by `async_run` when no other call is pending: from then on devices may hang.
    device_executor(executor_type events, executor_type blocking, std::function<void()> busy = {})
        : events_(std::move(events)), blocking_(std::move(blocking)), busy_(std::move(busy)) {}

    /**
     * @brief Runs @p what on the device's strand.
     * @param what  Must own, or outlive the pool with, all that it uses.
     * @param token Completion token, `void(std::exception_ptr, std::chrono::nanoseconds)`: what the job threw, and the
     * processor time that it took.
     * @par Cancellation  None: a system call that blocks cannot be called back.
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

    /// The oldest call of each device that has any pending. From any thread.
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
