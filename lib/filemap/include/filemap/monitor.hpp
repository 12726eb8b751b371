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
    /// It was told to. The group stays and goes on counting, unless it was configured to be removed then.
    stopped,
    /// Somebody else removed the group.
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

/// What becomes of a group whose monitor is told to stop.
enum class stop_policy {
    /// `monitor_config::delete_on_exit`.
    as_configured,
    stay,
    /// As with `monitor_config::delete_on_exit`.
    go,
};

struct monitor_end {
    end_reason reason = end_reason::stopped;
    /// The failure, for a person; empty if there is nothing to add to the reason.
    std::string text;
    /// Of `end_reason::failed`.
    error_code code{};
};

/// What a monitor knows of its file and its group, as of its last look.
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
    /// Of the file's, shared with other files.
    sectors shared;
    /// What of the file cannot be mapped, for a person; empty if nothing.
    std::string not_mapped;
    /// How often the file was looked at.
    std::uint64_t refreshes = 0;
    /// How often the group was brought into agreement with the file, and when last.
    std::uint64_t syncs = 0;
    std::optional<std::chrono::system_clock::time_point> synced_at;
    /// Why the last look failed or the file is missing, for a person; empty if all is well.
    std::string problem;
    /// What deleted regions had counted.
    dm::counters retired;
    /// Sectors that were written while they were allocated, before there were regions that would have counted it: as
    /// the extents tell it, which know of bytes only, and of one write to a sector however often it was written by
    /// then. No part of what the regions count. Begins at zero with all counts, when the group is made anew to be as
    /// configured; else it never goes down, over a restart neither.
    sectors inferred;
    /// Set when the monitor has ended.
    std::optional<monitor_end> end;
};

/// What a host may want to be told of one monitor. Called on the event loop's thread; must not throw.
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
 * @brief One file that a service follows. A handle: the monitor goes on when it is destroyed.
 *
 * @par Thread-safety  Distinct objects: safe, those of one service from its event loop's thread. Shared objects:
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
     * @brief Goes on by other settings, with the same group as far as that can be, and looks at once.
     * @details All of @p config but path, follow mode, group and `update_group`; a group that is not one that was named
     * is changed as by `monitor_config::update_group`.
     */
    void configure(const monitor_config& config);

    /**
     * @brief Looks at the file and brings the group into agreement with it, whether or not anything has happened.
     * @param token Completion token, `void(error_code)`. Completes after a look that began after this call.
     * @par Errors        What the look failed with, after which the monitor tries again by itself;
     *                    `std::errc::no_such_file_or_directory` when the file is missing; `operation_aborted` when the
     *                    monitor has ended, or ends.
     * @par Cancellation  Any kind: the waiting ends, with `operation_aborted`; the look goes on.
     */
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_sync(Token&& token) {
        return detail::async_wait_for(request_sync(), std::forward<Token>(token));
    }

    /**
     * @brief Reads what the kernel has counted for the file, in all regions, those that are gone too.
     * @details
     * Costs one message for each region, on the device's strand, in parts of 64, between which looks go on: nothing of
     * the monitor waits for longer than that. Whoever asks while a reading is under way shares it, and a reading
     * serves whoever asks within `service_options::counter_cache_ttl`. Without a reader it costs nothing.
     *
     * The totals do not go down from one reading to the next, whatever becomes of the regions; nor over a restart, as
     * far as what deleted regions had counted is kept (`service_options::state_directory`). Of what another program
     * clears or deletes, what was read before stays counted, from the next reading on over a restart, too; what was
     * counted since is lost.
     * @param token Completion token, `void(error_code, file_counters)`.
     * @par Units         Sectors of 512 bytes; times and bounds in `file_counters::unit`.
     * @par Errors        `std::errc::resource_unavailable_try_again` before the file was first mapped and its group
     *                    found; what a message failed with, such as `std::errc::no_such_device_or_address` when the
     *                    device is gone; `operation_aborted` when the monitor has ended, or ends.
     * @par Cancellation  Any kind: the waiting ends, with `operation_aborted`; the reading goes on.
     * @par Source        Linux `Documentation/admin-guide/device-mapper/statistics.rst`, `@stats_print`.
     */
    template <boost::asio::completion_token_for<void(error_code, file_counters)> Token>
    auto async_read(Token&& token) const {
        return detail::async_wait_for_counters(request_read(), std::forward<Token>(token));
    }

    /**
     * @brief Waits for the monitor's end, of which @ref status tells then.
     * @param token Completion token, `void(error_code)`.
     * @par Cancellation  Any kind: the waiting ends, with `operation_aborted`; the monitor goes on.
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
