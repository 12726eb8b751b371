#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace filemap {

/// Configuration of one monitor.
struct monitor_config {
    /// Absolute path of the file.
    std::string path;
    fs::follow_mode follow = fs::follow_mode::inode;
    /// Group to keep in sync. If empty, the monitor adopts the group of an earlier monitor of this file or creates one.
    std::optional<group_id> group;
    /// Alias part of a new group's descriptor (`dm::alias_part`).
    std::string alias_part;
    std::string program_id{dm::dmstats_program_id};
    /// Counting options of a new group; an existing group keeps its own.
    dm::counting_options counting;
    /// Updates the adopted group of an earlier monitor to this alias. If its program id or counting options differ,
    /// the group is deleted with its counters and recreated. Has no effect on @ref group.
    bool update_group = false;
    plan_options regions;

    /// Minimum time between two refreshes while the file is being written.
    std::chrono::milliseconds interval{250};
    /// Time for which the path may be missing before the monitor ends (path mode).
    std::chrono::milliseconds tolerance{1000};
    /// Interval of verifications: map and group are read again to find changes that raise no event. 0 disables
    /// verification; if empty, the service's default applies.
    std::optional<std::chrono::milliseconds> verify;
    /// Deletes the regions and the counters of deleted regions when the monitor is stopped.
    bool delete_on_exit = false;
};

}  // namespace filemap
