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

/// Why a monitor ended.
enum class end_reason {
    /// By request. The group stays and continues to count, unless the configuration removes it.
    stopped,
    /// Another program removed the group.
    group_removed,
    /// The file is unlinked and open nowhere (inode mode). Its regions are removed.
    file_dead,
    /// Nothing was at the path for longer than the tolerance (path mode). The regions are removed.
    path_gone,
    /// The file system was unmounted. The group stays.
    unmounted,
    /// The device is gone, and the regions with it.
    device_gone,
    /// A failure that trying again does not mend.
    failed,
};

[[nodiscard]] FILEMAP_API std::string_view describe(end_reason reason) noexcept;

/// Treatment of the group of a stopped monitor.
enum class stop_policy {
    /// `monitor_config::delete_on_exit`.
    as_configured,
    stay,
    /// Delete the regions, as with `monitor_config::delete_on_exit`.
    go,
};

struct monitor_end {
    end_reason reason = end_reason::stopped;
    /// The failure, for a person; empty if there is nothing to add to the reason.
    std::string text;
    /// With `end_reason::failed`.
    error_code code{};
};

/// State of a monitor's file and group at its last refresh.
struct monitor_status {
    device_id device;
    /// Inode number of the file; 0 before it was first mapped.
    std::uint64_t inode = 0;
    /// Empty while the file has no extents, and before the first look.
    std::optional<group_id> group;
    std::size_t regions = 0;
    /// Regions that the group ought to have and does not.
    std::size_t missing_regions = 0;
    /// That the file system listed.
    std::size_t extents = 0;
    /// Counted, though not the file's, to keep the number of regions low.
    sectors bridged;
    /// Sectors of the file that other files share.
    sectors shared;
    /// Why parts of the file cannot be mapped, for a person; empty if all is mapped.
    std::string not_mapped;
    /// How often the file was looked at.
    std::uint64_t refreshes = 0;
    /// How often the group was brought into agreement with the file, and when last.
    std::uint64_t syncs = 0;
    std::optional<std::chrono::system_clock::time_point> synced_at;
    /// Why the last look failed or the file is missing, for a person; empty if all is well.
    std::string problem;
    /// Counters of deleted regions.
    dm::counters carried;
    /// Estimated sectors written before regions covered them, derived from the extents: each sector counts once,
    /// however often it was written. Not contained in the regions' counters. Restarts at zero together with all
    /// counters when the group is recreated for other settings; otherwise never decreases, also over a restart.
    sectors inferred;
    /// Set when the monitor has ended.
    std::optional<monitor_end> end;
};

/// Notifications of a monitor. Called on the event loop's thread; must not throw.
struct monitor_handlers {
    /// Once: the watches stand and the group is published, though a large file may not be mapped whole yet. A file
    /// without extents has no group.
    std::function<void(std::optional<group_id>)> watching;
    /// Once, last.
    std::function<void(const monitor_end&)> ended;
    /// After each look that found anything changed in the group or in what troubles the monitor.
    std::function<void(const monitor_status&)> changed;
};

class monitor_task;

/**
 * @brief A file monitored by a service. A handle: destroying it does not stop the monitor.
 *
 * @par Thread-safety  Distinct objects: safe; those of one service from its event loop's thread. Shared objects:
 * unsafe.
 */
class FILEMAP_API monitor {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit monitor(std::shared_ptr<monitor_task> task) noexcept : task_(std::move(task)) {}

    [[nodiscard]] executor_type get_executor() const;
    [[nodiscard]] const monitor_status& status() const noexcept;
    /// The file that was last mapped; its inode number is 0 before that.
    [[nodiscard]] const fs::file_identity& file() const noexcept;

    /// Lets the monitor finish what it is about and end.
    void stop(stop_policy regions = stop_policy::as_configured);

    /**
     * @brief Changes the settings, keeps the group where possible, and refreshes at once.
     * @details Applies all of @p config except path, follow mode, group and `update_group`. A group that was not
     * named is changed like with `monitor_config::update_group`.
     */
    void configure(const monitor_config& config);

    /**
     * @brief Refreshes: brings the group into agreement with the file, even without an event.
     * @param token Completion token, `void(error_code)`. Completes after a refresh that began after this call.
     * @par Errors        The error of the refresh, after which the monitor retries by itself;
     * `std::errc::no_such_file_or_directory` when the file is missing; `operation_aborted` when the monitor ends or
     * has ended.
     * @par Cancellation  Any type: the wait ends with `operation_aborted`; the refresh continues.
     */
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_sync(Token&& token) {
        return detail::async_wait_for(request_sync(), std::forward<Token>(token));
    }

    /**
     * @brief Reads the counters of the file: live regions and deleted ones.
     * @details
     * Costs one message per region on the device's strand, in chunks of 64 regions, between which refreshes run.
     * Concurrent requests share one reading, and a reading serves further requests within
     * `service_options::counter_cache_ttl`. Costs nothing while there are no requests.
     *
     * Totals never decrease from one reading to the next, also not over a restart if the counters of deleted regions
     * are stored (`service_options::state_directory`). If another program clears or deletes regions, counts that were
     * read before stay; later counts are lost.
     * @param token Completion token, `void(error_code, file_counters)`.
     * @par Units         Sectors of 512 bytes; times and bounds in `file_counters::unit`.
     * @par Errors        `std::errc::resource_unavailable_try_again` before the first refresh has found the group;
     * the error of a failed message, such as `std::errc::no_such_device_or_address` when the device is gone;
     * `operation_aborted` when the monitor ends or has ended.
     * @par Cancellation  Any type: the wait ends with `operation_aborted`; the reading continues.
     * @par Source        Linux `Documentation/admin-guide/device-mapper/statistics.rst`, `@stats_print`.
     */
    template <boost::asio::completion_token_for<void(error_code, file_counters)> Token>
    auto async_read(Token&& token) const {
        return detail::async_wait_for_counters(request_read(), std::forward<Token>(token));
    }

    /**
     * @brief Waits for the monitor's end. @ref status then has the reason.
     * @param token Completion token, `void(error_code)`.
     * @par Cancellation  Any type: the wait ends with `operation_aborted`; the monitor continues.
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
