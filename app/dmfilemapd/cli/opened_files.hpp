#pragma once

#include "dmfilemapd/cli/options.hpp"

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapd {

/// Regular file, open for reading.
struct open_file {
    /// Absolute path.
    std::string path;
    filemap::fs::descriptor file;
    /// Remark to log once logging is set up; empty if there is none.
    std::string remark;
};

/// Rejects a descriptor that is not open. Call before opening any other descriptor, which might get the same number.
void require_open(int fd);

/**
 * @brief Opens the given files and rejects those that are not regular files.
 * @throws startup_error also if a path and a descriptor name different files, or one file is given twice.
 */
[[nodiscard]] std::vector<open_file> open_files(const options& given);

/// Returns the last component of a path.
[[nodiscard]] std::string_view base_name(std::string_view path) noexcept;

}  // namespace dmfilemapd
