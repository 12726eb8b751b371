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

/// @param file    Any descriptor, also O_PATH.
/// @param subject Name of the file for the failure's text.
/// @return        Result of fstat(2).
/// @par Errors    `errc::not_regular_file`, with the type of the file.
[[nodiscard]] FILEMAP_API result<struct stat> require_regular(int file, const std::string& subject);

/// Opens the file of any descriptor for reading, independent of its name.
/// @par Errors   Errors of open(2).
/// @par Blocking Like open(2).
[[nodiscard]] FILEMAP_API result<descriptor> reopen(int file, const std::string& subject);

/// Opens a regular file for reading. Other objects are not opened, because a fifo would block and a tape would rewind.
[[nodiscard]] FILEMAP_API result<descriptor> open_regular(const std::string& path, const std::string& subject);

/// A file that can be monitored, and the device that counts its I/O.
struct trackable_file {
    device_id device;
    std::unique_ptr<file_tracker> access;
};

/**
 * @brief Finds the file at a path and checks that it can be monitored.
 * @param path   Absolute.
 * @param known  See `countable_device`.
 * @par Errors   Errors of open(2), `countable_device` and `follow_file`.
 * @par Blocking Like open(2): without limit on a file system whose server does not answer.
 */
[[nodiscard]] FILEMAP_API result<trackable_file> find_trackable_file(const std::string& path, follow_mode mode,
                                                                     known_devices* known = nullptr);

}  // namespace filemap::fs
