#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/fs/descriptor.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/units.hpp>

#include <memory>
#include <string>

#include <sys/stat.h>

namespace filemap::fs {

/// @param file    Any descriptor, O_PATH too.
/// @param subject What the failure names.
/// @return        What fstat(2) tells.
/// @par Errors    `errc::not_regular_file`, saying what it is.
[[nodiscard]] FILEMAP_API result<struct stat> require_regular(int file, const std::string& subject);

/// A descriptor for reading, whatever the given one is for, and wherever the file is called now.
/// @par Errors   Those of open(2).
/// @par Blocking As open(2).
[[nodiscard]] FILEMAP_API result<descriptor> reopen(int file, const std::string& subject);

/// Opens a regular file for reading without touching what is none: a fifo would block, a tape rewind.
[[nodiscard]] FILEMAP_API result<descriptor> open_regular(const std::string& path, const std::string& subject);

/// A file that can be followed, and the device that counts its I/O.
struct trackable_file {
    device_id device;
    std::unique_ptr<file_tracker> access;
};

/**
 * @brief Finds what is at a path, and whether it can be followed.
 * @param path   Absolute.
 * @param known  As for `countable_device`.
 * @par Errors   What open(2), `countable_device` and `follow_file` give.
 * @par Blocking As open(2): for ever on a file system whose server does not answer.
 */
[[nodiscard]] FILEMAP_API result<trackable_file> find_trackable_file(const std::string& path, follow_mode mode,
                                                                     known_devices* known = nullptr);

}  // namespace filemap::fs
