#pragma once

#include "dmfilemapd/cli/options.hpp"
#include "group/group_lookup.hpp"

#include <filemap/config.hpp>
#include <filemap/dm/control_node.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/units.hpp>

#include <memory>
#include <string>
#include <vector>

namespace dmfilemapd {

/// A file that can be monitored.
struct checked_file {
    filemap::monitor_config config;
    filemap::device_id device;
    std::unique_ptr<filemap::fs::file_tracker> access;
};

struct checked {
    filemap::dm::control_node control;
    std::vector<checked_file> files;
    /// Messages to log once logging is set up.
    std::vector<std::string> remarks;
};

/// Returns the configuration of a monitor for the file at @p path, without the group.
[[nodiscard]] filemap::monitor_config config_of(const options& given, const std::string& path);

/// The bytes for the name of a group that is made for the file at @p path.
/// @throws usage_error if no reader of the installed libdevmapper could show an --alias.
[[nodiscard]] std::string alias_part_of(const options& given, const std::string& path, std::string& remark);

/// All that can be found wrong before anything is begun. Leaves nothing open but what is returned. @throws
/// startup_error
[[nodiscard]] checked check(const options& given);

}  // namespace dmfilemapd
