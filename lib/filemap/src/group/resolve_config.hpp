#pragma once

#include <filemap/config.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/error.hpp>
#include <filemap/fs/trackable_file.hpp>

namespace filemap {

/// Copies the counting options and the name of the group @ref monitor_config::group into the configuration.
/// @return The current id of the group. @par Errors As `find_group`. @par Blocking Reads one list.
[[nodiscard]] result<group_id> take_over_group(monitor_config& config, dm::statistics& device,
                                               const fs::file_identity& file);

/// Finds the file of a configuration, and fills in the group settings that were left open (`service::add`).
[[nodiscard]] result<fs::trackable_file> prepare(monitor_config& config, dm::kernel& kernel);

}  // namespace filemap
