#pragma once

#include <filemap/units.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <functional>
#include <map>
#include <utility>

namespace filemap {

/**
 * @brief Runs blocking calls off the event loop: those of one device in order and never two at once, those of different
 * devices side by side.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; `async_run` from the event loop's thread.
 */
class ioctl_executor {
public:
    using executor_type = boost::asio::any_io_executor;

    /// @param events   Where completions go unless their handler has an executor of its own.
    /// @param blocking Its threads may block: a bounded pool. A device that hangs takes one of them.
    ioctl_executor(executor_type events, executor_type blocking)
        : events_(std::move(events)), blocking_(std::move(blocking)) {}

    /**
     * @brief Runs @p job on the device's strand.
     * @param job   Must own, or outlive the pool with, all that it uses.
     * @param token Completion token, `void(std::exception_ptr)`: what the job threw.
     * @par Cancellation  None: a system call that blocks cannot be called back.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr)> Token>
    auto async_run(device_id device, std::function<void()> job, Token&& token) {
        return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
            [this, device](auto handler, std::function<void()> work) {
                auto to = boost::asio::get_associated_executor(handler, events_);
                auto guard = boost::asio::make_work_guard(to);
                boost::asio::post(strand_of(device), [handler = std::move(handler), work = std::move(work),
                                                      guard = std::move(guard)]() mutable {
                    std::exception_ptr thrown;
                    try {
                        work();
                    } catch (...) {
                        thrown = std::current_exception();
                    }
                    work = nullptr;
                    boost::asio::post(guard.get_executor(), [handler = std::move(handler), thrown]() mutable {
                        std::move(handler)(std::move(thrown));
                    });
                });
            },
            token, std::move(job));
    }

private:
    using strand = boost::asio::strand<executor_type>;

    strand& strand_of(device_id device) { return strands_.try_emplace(device, blocking_).first->second; }

    executor_type events_;
    executor_type blocking_;
    std::map<device_id, strand> strands_;
};

}  // namespace filemap
