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

/// File that can be monitored.
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

/// Returns the bytes for the name of a new group for the file at @p path.
/// @throws usage_error if --alias is given and the installed libdevmapper cannot read the alias.
[[nodiscard]] std::string alias_part_of(const options& given, const std::string& path, std::string& remark);

/// Checks everything before the start. Leaves only the returned descriptors open. @throws startup_error
[[nodiscard]] checked check(const options& given);

}  // namespace dmfilemapd
