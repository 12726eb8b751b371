#pragma once

#include "dmdirtylogd/dm/mirror_line.hpp"

#include <filemap/error.hpp>
#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What device-mapper tells of the mirrors that are there. All calls block; none asks a server of logs, so that it may
/// be called while the kernel waits for us.
namespace dmdirtylogd {

enum class which_table { in_force, loaded };

/// Mirrors of a device's table whose logs ask a process.
[[nodiscard]] filemap::result<std::vector<mirror_line>> mirrors_of(filemap::device_id device,
                                                                   which_table which = which_table::in_force);

/// Nodes of the legs of the mirror whose log has this uuid. ENODEV: no table in force names it.
[[nodiscard]] filemap::result<std::vector<std::string>> find_legs(std::string_view uuid);

/// Reads one block of the mirror whose log has this uuid, past the page cache, unless it is suspended.
/// ENODEV: no table in force names it.
[[nodiscard]] filemap::result<void> read_mirror(std::string_view uuid);

/// Whether the log is that of any mirror of any table; true if that cannot be told.
[[nodiscard]] bool is_named(std::string_view uuid);

/**
 * @brief Refuses a place for a log that cannot be written while the mirror waits for it.
 * @details It looks through device-mapper, partitions and loop devices below the device that @p path is, or that its
 * file system is on. A file system that lies on several devices tells of none.
 * @par Errors  EDEADLK: it lies on a mirror whose log asks a process.
 */
[[nodiscard]] filemap::result<void> check_place_of_log(const std::string& path);

}  // namespace dmdirtylogd
