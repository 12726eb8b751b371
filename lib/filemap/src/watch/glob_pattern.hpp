#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::fs {

/// What names a glob.
struct glob_spec {
    /// As of glob(7). Absolute, without "." and "..", and with single slashes.
    std::string pattern;
    /// The last component of the pattern matches in all directories below, too.
    bool recursive = false;
    /// Patterns of names, or, if absolute, of paths. A directory that one matches is not entered.
    std::vector<std::string> exclude;

    friend bool operator==(const glob_spec&, const glob_spec&) = default;
};

/**
 * @brief Which paths a glob matches, and in which directories such may lie. Pure.
 * @details As fnmatch(3) has it: no wildcard matches a slash, nor a dot at the beginning of a name. Exclusions match
 * such dots.
 */
class glob_pattern {
public:
    explicit glob_pattern(glob_spec spec);

    [[nodiscard]] const glob_spec& spec() const noexcept { return spec_; }
    /// The directory above all matches: what comes before the first component with wildcards, or the last one.
    [[nodiscard]] const std::string& base() const noexcept { return base_; }

    /// @param depth     How far below the base the directory lies, 0: the base itself. It is one that is entered.
    /// @param directory Its path.
    /// @param name      Of a file in it.
    [[nodiscard]] bool matches(std::size_t depth, std::string_view directory, const std::string& name) const;
    /// @param name Of a directory in it.
    [[nodiscard]] bool enters(std::size_t depth, std::string_view directory, const std::string& name) const;

private:
    [[nodiscard]] bool excludes(std::string_view directory, const std::string& name) const;

    glob_spec spec_;
    std::string base_;
    // Below the base; at least one.
    std::vector<std::string> components_;
};

/// "DIRECTORY/NAME".
[[nodiscard]] std::string joined_path(std::string_view directory, std::string_view name);

}  // namespace filemap::fs
