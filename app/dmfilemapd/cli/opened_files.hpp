#pragma once

#include "dmfilemapd/cli/options.hpp"

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapd {

/// A regular file, open for reading.
struct open_file {
    /// Absolute.
    std::string path;
    filemap::fs::descriptor file;
    /// A remark to log once logging is set up; empty if there is none.
    std::string remark;
};

/// Rejects a descriptor that is not open. Call before opening any other descriptor, which might get the same number.
void require_open(int fd);

/**
 * @brief Opens the files that were asked for, if they are regular ones.
 * @throws startup_error also if a path and a descriptor are of different files, or one file is named twice.
 */
[[nodiscard]] std::vector<open_file> open_files(const options& given);

/// The last component of a path.
[[nodiscard]] std::string_view base_name(std::string_view path) noexcept;

}  // namespace dmfilemapd
