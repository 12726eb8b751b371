#pragma once

#include <string>
#include <vector>

namespace app::config {

/// A file of a configuration.
struct source_file {
    std::string name;
    std::string text;
};

/// Whom the files of a configuration, and their directories, must belong to.
enum class trust {
    /// Anybody.
    any,
    /// Root alone may write them.
    root,
};

/// Returns the trust that the process needs: files of its administrator, or any file without privileges.
[[nodiscard]] trust needed_trust() noexcept;

/// The largest file that is read.
inline constexpr std::size_t largest_source = 16 * 1024 * 1024;

/**
 * @brief Reads a file of a configuration. Follows symbolic links, and opens nothing that is not a regular file.
 * @throws startup_error
 */
[[nodiscard]] source_file read_source(const std::string& path, trust needed);

/**
 * @brief The drop-ins of a configuration's main file: all *.toml in X.conf.d beside X.toml, ascending by name.
 * @details Hidden ones are not among them. None if the directory does not exist.
 * @throws startup_error
 */
[[nodiscard]] std::vector<std::string> drop_ins_of(const std::string& main_path);

}  // namespace app::config
