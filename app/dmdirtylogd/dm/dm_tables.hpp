#pragma once

#include "dmdirtylogd/dm/mirror_line.hpp"

#include <filemap/error.hpp>
#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Queries device-mapper about mirrors. All calls block. No call asks a log server, so all are safe while the kernel
/// waits for this process.
namespace dmdirtylogd {

enum class which_table { in_force, loaded };

/// Returns the mirrors with user-space logs in a device's table.
[[nodiscard]] filemap::result<std::vector<mirror_line>> mirrors_of(filemap::device_id device,
                                                                   which_table which = which_table::in_force);

/// Returns the device nodes of the legs of the mirror whose log has this uuid. ENODEV: no live table names the log.
[[nodiscard]] filemap::result<std::vector<std::string>> find_legs(std::string_view uuid);

/// Reads one block of the mirror whose log has this uuid, past the page cache, unless the mirror is suspended. ENODEV:
/// no live table names the log.
[[nodiscard]] filemap::result<void> read_mirror(std::string_view uuid);

/// Returns true if any table, live or inactive, names the log, or if that cannot be determined.
[[nodiscard]] bool is_named(std::string_view uuid);

/**
 * @brief Refuses a place for a log that cannot be written while the mirror waits for the log.
 * @details Searches device-mapper, partitions and loop devices below the device at @p path, or below the device of its
 * file system. A file system on several devices reports none of them.
 * @par Errors  EDEADLK: the place lies on a mirror with a user-space log.
 */
[[nodiscard]] filemap::result<void> check_place_of_log(const std::string& path);

}  // namespace dmdirtylogd
