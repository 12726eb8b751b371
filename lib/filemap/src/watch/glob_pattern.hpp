#pragma once

#include <filemap/fs/glob_watch.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::fs {

/**
 * @brief Decides which paths match a glob and which directories may contain matches. Pure.
 * @details Follows fnmatch(3): wildcards match neither a slash nor a dot at the beginning of a name. Exclusions match
 * such dots.
 */
class glob_pattern {
public:
    explicit glob_pattern(glob_spec spec);

    [[nodiscard]] const glob_spec& spec() const noexcept { return spec_; }
    /// Returns the directory above all matches: the path before the first component with wildcards, or before the last
    /// component.
    [[nodiscard]] const std::string& base() const noexcept { return base_; }

    /// @param depth     Levels of the directory below the base, 0 for the base itself. `enters` must be true for the
    /// directory.
    /// @param directory Path of the directory.
    /// @param name      Name of a file in the directory.
    [[nodiscard]] bool matches(std::size_t depth, std::string_view directory, const std::string& name) const;
    /// @param name Name of a directory in @p directory.
    [[nodiscard]] bool enters(std::size_t depth, std::string_view directory, const std::string& name) const;

private:
    [[nodiscard]] bool excludes(std::string_view directory, const std::string& name) const;

    glob_spec spec_;
    std::string base_;
    // Components below the base; at least one.
    std::vector<std::string> components_;
};

/// Returns "DIRECTORY/NAME".
[[nodiscard]] std::string joined_path(std::string_view directory, std::string_view name);

}  // namespace filemap::fs
