#pragma once

#include "watch/glob_pattern.hpp"

#include <filemap/fs/descriptor.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>

/// Functions that read directories for `glob_watch`. All of them block.
namespace filemap::fs {

/// Entries of a directory that matter to a glob.
struct directory_listing {
    std::set<std::string> files;
    std::set<std::string> directories;
};

/// @param through_links True to accept a symbolic link.
[[nodiscard]] descriptor open_directory(const std::string& path, bool through_links);

/// @return Empty if the directory cannot be read to its end.
[[nodiscard]] std::optional<directory_listing> list_directory(const descriptor& directory, const glob_pattern& pattern,
                                                              std::size_t depth, const std::string& path);

/// Like `list_directory`, for some names only.
[[nodiscard]] directory_listing list_names(const std::set<std::string>& names, const glob_pattern& pattern,
                                           std::size_t depth, const std::string& path);

}  // namespace filemap::fs
