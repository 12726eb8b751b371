#pragma once

#include <string>
#include <vector>

namespace app::config {

/// File of a configuration.
struct source_file {
    std::string name;
    std::string text;
};

/// Required owner of a configuration's files and their directories.
enum class trust {
    /// Any user may own and write the files.
    any,
    /// Only root may write the files.
    root,
};

/// Returns the required trust: root for a privileged process, any user otherwise.
[[nodiscard]] trust needed_trust() noexcept;

/// Limit of a source file's size.
inline constexpr std::size_t largest_source = 16 * 1024 * 1024;

/**
 * @brief Reads a file of a configuration. Follows symbolic links and opens only regular files.
 * @throws startup_error
 */
[[nodiscard]] source_file read_source(const std::string& path, trust needed);

/**
 * @brief Returns the drop-ins of a configuration's main file: all *.toml in X.conf.d beside X.toml, ascending by name.
 * @details Skips hidden files. If the directory does not exist, returns no files.
 * @throws startup_error
 */
[[nodiscard]] std::vector<std::string> drop_ins_of(const std::string& main_path);

}  // namespace app::config
