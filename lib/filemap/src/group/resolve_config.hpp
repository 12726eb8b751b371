#pragma once

#include <filemap/config.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/error.hpp>
#include <filemap/fs/trackable_file.hpp>

namespace filemap {

/// Takes over how the group counts that @ref monitor_config::group names, and what it is called.
/// @return The number that the group has by now. @par Errors As `find_group`. @par Blocking One list.
[[nodiscard]] result<group_id> take_over_group(monitor_config& config, dm::statistics& device,
                                               const fs::file_identity& file);

/// Finds the file of a configuration, and fills in what of its group was left open (`service::add`).
[[nodiscard]] result<fs::trackable_file> prepare(monitor_config& config, dm::kernel& kernel);

}  // namespace filemap
