#pragma once

#include <filemap/config.hpp>
#include <filemap/dm/kernel.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/logger.hpp>
#include <filemap/monitor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace filemap {

namespace fs {
class watch_hub;
}

struct service_options {
    /// Default of `monitor_config::verify`. 0 disables verification.
    std::chrono::milliseconds verify{std::chrono::minutes{1}};
    /// Device node whose closing after a write means that another program may have changed a group. Empty: not
    /// watched.
    std::string control_path = "/dev/mapper/control";
    /// Called on the event loop's thread when no monitor has refreshed for @ref idle_timeout, and after each refresh
    /// that @ref verify has caused. The host may release caches, such as freed memory. Must not throw.
    std::function<void()> on_idle;
    std::chrono::milliseconds idle_timeout{std::chrono::seconds{5}};
    /// Directory in which the counters of deleted regions outlive the process (`counter_directory`). Empty: not
    /// stored.
    std::string state_directory;
    /// Time for which one reading of counters serves further callers (`monitor::async_read`). 0: only callers during
    /// the reading share it.
    std::chrono::milliseconds counter_cache_ttl{900};
    /// Time after which an unanswered call to a device is reported, once. While calls are pending, the service checks
    /// the devices each second, or each @ref idle_timeout if that is less.
    std::chrono::milliseconds hang_timeout{std::chrono::seconds{5}};
    /// Called once on the event loop's thread after `stop`, when all remaining monitors wait for these devices or for
    /// threads blocked by them. Only the kernel can end their calls, so the host may end the process; otherwise
    /// `async_run` continues to wait. Must not throw.
    std::function<void(const std::vector<device_id>&)> on_only_hung_devices_left;
    /// Time limit for calls after the monitors were stopped. A device that has not answered by then counts as
    /// hanging.
    std::chrono::milliseconds stop_timeout{1500};
    /// Keep `async_run` running without monitors until `stop`.
    bool keep_running = false;
};

/// Counters of a service since its start.
struct service_counts {
    /// Number of refreshes after which a group matched its file (`monitor_status::syncs`), and their total duration.
    std::uint64_t syncs = 0;
    std::chrono::nanoseconds sync_time{};
    /// Number of times that the kernel has lost events. All files are refreshed after each.
    std::uint64_t events_overflowed = 0;
};

/**
 * @brief Many monitors on one event loop.
 * @details
 * Makes no threads, handles no signals and sets up no logging: the host passes the executor of its event loop, one for
 * blocking calls (a thread pool), the kernel and a logger. The pool must be joined before the event loop's context is
 * destroyed.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class FILEMAP_API service {
public:
    using executor_type = boost::asio::any_io_executor;

    /// @param blocking Executor whose threads may block in system calls.
    service(executor_type events, executor_type blocking, dm::kernel& kernel, logger log, service_options options = {});
    service(service&&) noexcept;
    ~service();

    [[nodiscard]] executor_type get_executor() const noexcept;
    [[nodiscard]] service_counts counts() const noexcept;

    /**
     * @brief Starts to monitor the file at a path, before or during `async_run`.
     * @param config With an existing group (@ref monitor_config::group), name, program id and counting options of the
     * group are kept. Otherwise an empty @ref monitor_config::alias_part is replaced by the file's name, in a form
     * that dmstats can read.
     *
     * @par Errors   `std::errc::invalid_argument` for a path that is not absolute; errors of
     * `fs::find_trackable_file`; `errc::group_not_found` and `errc::not_a_group`. No monitor is started then.
     * @par Blocking Like `fs::find_trackable_file`, and one message to the kernel if a group is named. A host that
     * must not block finds the file on another thread and calls the other overload.
     */
    [[nodiscard]] result<monitor> add(monitor_config config, monitor_handlers handlers = {});

    /// Starts to monitor a file that was looked up before. Does not block.
    /// @param config Used unchanged; no name is derived.
    /// @param device The device-mapper device of the file (`fs::countable_device`).
    monitor add(monitor_config config, device_id device, std::unique_ptr<fs::file_tracker> file,
                monitor_handlers handlers = {});

    /**
     * @brief Runs a job on a device's strand, in turn with the monitors of its files.
     * @details The monitors wait while the job runs, so divide long work into several jobs. `stop` and the end of
     * `async_run` do not wait for the job.
     * @param job   Runs on a thread that may block. Must own, or outlive the threads with, everything it uses.
     * @param token Completion token, `void(std::exception_ptr)`: the exception thrown by the job.
     * @par Cancellation  None: a blocking system call cannot be cancelled.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr)> Token>
    auto async_call(device_id device, std::function<void(dm::statistics&)> job, Token&& token) {
        return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
            [this, device](auto handler, std::function<void(dm::statistics&)> work) {
                auto to = boost::asio::get_associated_executor(handler, get_executor());
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                call(device, std::move(work), [to, shared](std::exception_ptr thrown) {
                    boost::asio::dispatch(to, [shared, thrown] { std::move (*shared)(thrown); });
                });
            },
            token, std::move(job));
    }

    /// Returns the time since when a device has an unanswered call or a call waiting for a thread. Every answer
    /// restarts the time. Empty if no call is pending.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> unanswered_since(device_id device) const;

    /// Stops each monitor, see `monitor::stop`.
    void stop();

    /**
     * @brief Runs the monitors until all have ended.
     * @param token Completion token, `void(std::exception_ptr)`.
     * @par Cancellation  Any kind, as `stop`.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr)> Token>
    auto async_run(Token&& token) {
        return boost::asio::co_spawn(get_executor(), run(state_), std::forward<Token>(token));
    }

private:
    struct FILEMAP_LOCAL state;
    void call(device_id device, std::function<void(dm::statistics&)> job, std::function<void(std::exception_ptr)> done);
    static boost::asio::awaitable<void> run(std::shared_ptr<state> self);

    // Gives the other parts of the library access to the watches.
    friend std::shared_ptr<fs::watch_hub> watches_of(const service& of);

    std::shared_ptr<state> state_;
};

}  // namespace filemap
