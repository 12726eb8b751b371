#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace filemap {

/// Configuration of a monitor.
struct monitor_config {
    /// Absolute.
    std::string path;
    fs::follow_mode follow = fs::follow_mode::inode;
    /// The group to keep true; without, the group of an earlier monitor of this file is taken up or a new one is made.
    std::optional<group_id> group;
    /// Bytes of the descriptor of a new group (`dm::alias_part`).
    std::string alias_part;
    std::string program_id{dm::dmstats_program_id};
    /// For a new group; an existing one keeps its own.
    dm::counting_options counting;
    /// The group of an earlier monitor of this file does not keep its own, but gets this name; and if its program id or
    /// its manner of counting is another one, it goes with its counts, and a new one is made. Not of @ref group.
    bool update_group = false;
    plan_options regions;

    /// Least time between two rounds while the file is being written.
    std::chrono::milliseconds interval{250};
    /// How long nothing may be at the path before the monitor ends (path mode).
    std::chrono::milliseconds tolerance{1000};
    /// How often the file is mapped and the group listed unasked, for changes that raise no event. 0: never. Without,
    /// as the service says.
    std::optional<std::chrono::milliseconds> verify;
    /// Delete the regions and forget the counters of deleted regions when the monitor is stopped.
    bool delete_on_exit = false;
};

}  // namespace filemap
