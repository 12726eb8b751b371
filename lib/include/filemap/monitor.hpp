#pragma once

#include <filemap/config.hpp>
#include <filemap/error.hpp>
#include <filemap/units.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace filemap {

/// Why a monitor ended.
enum class end_reason {
    /// It was told to. The group stays and goes on counting.
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

[[nodiscard]] std::string_view describe(end_reason reason) noexcept;

struct monitor_end {
    end_reason reason = end_reason::stopped;
    /// The failure, for a person; empty if there is nothing to add to the reason.
    std::string text;
};

/// What a host may want to be told of one monitor. Called on the event loop's thread; must not throw.
struct monitor_handlers {
    /// Once: the watches stand and the group is published, though a large file may not be mapped whole yet. A file
    /// without extents has no group.
    std::function<void(std::optional<group_id>)> watching;
    /// Once, last.
    std::function<void(const monitor_end&)> ended;
};

}  // namespace filemap
