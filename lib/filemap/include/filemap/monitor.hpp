#pragma once

#include <filemap/config.hpp>
#include <filemap/detail/event.hpp>
#include <filemap/detail/reading.hpp>
#include <filemap/dm/counters.hpp>
#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/file_counters.hpp>
#include <filemap/fs/file_identity.hpp>
#include <filemap/units.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace filemap {

/// Reason of a monitor's end.
enum class end_reason {
    /// Stopped by the host. The group stays and keeps counting, except with `monitor_config::delete_on_exit`.
    stopped,
    /// Another program removed the group.
    group_removed,
    /// The file is unlinked and not open anywhere (inode mode). The monitor deletes the regions.
    file_dead,
    /// The path was missing for longer than `monitor_config::tolerance` (path mode). The monitor deletes the regions.
    path_gone,
    /// The file system was unmounted. The group stays.
    unmounted,
    /// The device was removed, and its regions with it.
    device_gone,
    /// A permanent failure; a retry cannot succeed.
    failed,
};

[[nodiscard]] FILEMAP_API std::string_view describe(end_reason reason) noexcept;

/// Fate of the group when its monitor is stopped.
enum class stop_policy {
    /// Follows `monitor_config::delete_on_exit`.
    as_configured,
    /// Keeps the regions.
    keep_regions,
    /// Deletes the regions, as with `monitor_config::delete_on_exit`.
    delete_regions,
};

struct monitor_end {
    end_reason reason = end_reason::stopped;
    /// Text of the failure; empty if the reason says everything.
    std::string text;
    /// Error code; set with `end_reason::failed` only.
    error_code code{};
};

/// State of a monitor's file and group, as of the last refresh.
struct monitor_status {
    device_id device;
    /// Inode number of the file; 0 before the first map.
    std::uint64_t inode = 0;
    /// Empty while the file has no extents, and before the first refresh.
    std::optional<group_id> group;
    std::size_t regions = 0;
    /// Regions that the plan asks for and the group lacks.
    std::size_t missing_regions = 0;
    /// Number of extents in the file system's list.
    std::size_t extents = 0;
    /// Counted sectors outside the file, included to keep the number of regions low.
    sectors bridged;
    /// Sectors of the file that other files share.
    sectors shared;
    /// Description of the parts that cannot be mapped; empty if there are none.
    std::string not_mapped;
    /// Number of refreshes.
    std::uint64_t refreshes = 0;
    /// Number of refreshes after which the group matched the file, and the time of the last one.
    std::uint64_t syncs = 0;
    std::optional<std::chrono::system_clock::time_point> synced_at;
    /// Reason why the last refresh failed or the file is missing; empty if neither is the case.
    std::string problem;
    /// Counters of deleted regions.
    dm::counters carried;
    /// Estimate of the sectors written into new extents before regions covered them. Derived from the extent map, so
    /// a sector that was written several times in that period counts once. Not included in the counters of the
    /// regions. Monotonic, also over a restart; reset together with all counters when the group is recreated.
    sectors inferred;
    /// Set once the monitor has ended.
    std::optional<monitor_end> end;
};

/// Callbacks of one monitor. Called on the event loop's thread; must not throw.
struct monitor_handlers {
    /// Called once, when the watches are set and the group is published. The map of a large file may still be
    /// incomplete. A file without extents has no group.
    std::function<void(std::optional<group_id>)> watching;
    /// Called once, as the last callback.
    std::function<void(const monitor_end&)> ended;
    /// Called after each refresh that changed the group or `monitor_status::problem`.
    std::function<void(const monitor_status&)> changed;
};

class monitor_task;

/**
 * @brief Handle of one monitored file. Destroying the handle does not stop the monitor.
 *
 * @par Thread-safety  Distinct objects: safe, but all handles of one service are used from its event loop's thread.
 * Shared objects: unsafe.
 */
class FILEMAP_API monitor {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit monitor(std::shared_ptr<monitor_task> task) noexcept : task_(std::move(task)) {}

    [[nodiscard]] executor_type get_executor() const;
    [[nodiscard]] const monitor_status& status() const noexcept;
    /// Identity of the last mapped file; its inode number is 0 before the first map.
    [[nodiscard]] const fs::file_identity& file() const noexcept;

    /// Ends the monitor after its current operation.
    void stop(stop_policy regions = stop_policy::as_configured);

    /**
     * @brief Applies new settings and refreshes at once. Keeps the group where the settings permit.
     * @details Ignores path, follow mode, group and `update_group` of @p config. If no group was named in the
     * monitor's configuration, the group is changed as with `monitor_config::update_group`.
     */
    void configure(const monitor_config& config);

    /**
     * @brief Refreshes the file and updates its group, also if no event has occurred.
     * @param token Completion token, `void(error_code)`. Completes after a refresh that began after this call.
     * @par Errors        The error of the refresh, which the monitor retries by itself;
     *                    `std::errc::no_such_file_or_directory` if the file is missing; `operation_aborted` if the
     *                    monitor has ended, or ends.
     * @par Cancellation  Any kind ends the wait with `operation_aborted`; the refresh continues.
     */
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_sync(Token&& token) {
        return detail::async_wait_for(request_sync(), std::forward<Token>(token));
    }

    /**
     * @brief Reads the counters of the file, including those of deleted regions.
     * @details
     * Sends one message per region on the device's strand, in parts of 64. Refreshes run between the parts, so the
     * monitor is never delayed by more than one part. Concurrent callers share one reading, and a reading is reused
     * for `service_options::counter_cache_ttl`. Counters cost nothing while no caller reads them.
     *
     * The totals are monotonic. With `service_options::state_directory` they are monotonic over a restart, too. If
     * another program clears or deletes regions, the counts of the previous reading are kept; counts since then are
     * lost.
     * @param token Completion token, `void(error_code, file_counters)`.
     * @par Units         Sectors of 512 bytes; times and bounds in `file_counters::unit`.
     * @par Errors        `std::errc::resource_unavailable_try_again` before the first map; the error of a message,
     *                    such as `std::errc::no_such_device_or_address` if the device was removed;
     *                    `operation_aborted` if the monitor has ended, or ends.
     * @par Cancellation  Any kind ends the wait with `operation_aborted`; the reading continues.
     * @par Source        Linux `Documentation/admin-guide/device-mapper/statistics.rst`, `@stats_print`.
     */
    template <boost::asio::completion_token_for<void(error_code, file_counters)> Token>
    auto async_read(Token&& token) const {
        return detail::async_wait_for_counters(request_read(), std::forward<Token>(token));
    }

    /**
     * @brief Waits for the monitor's end; @ref status contains the reason afterwards.
     * @param token Completion token, `void(error_code)`.
     * @par Cancellation  Any kind ends the wait with `operation_aborted`; the monitor continues.
     */
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_wait(Token&& token) {
        return detail::async_wait_for(await_end(), std::forward<Token>(token));
    }

private:
    [[nodiscard]] std::shared_ptr<detail::async_event> request_sync();
    [[nodiscard]] std::shared_ptr<detail::reading> request_read() const;
    [[nodiscard]] std::shared_ptr<detail::async_event> await_end();

    std::shared_ptr<monitor_task> task_;
};

}  // namespace filemap
