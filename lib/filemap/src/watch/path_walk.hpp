#pragma once

#include <filemap/error.hpp>
#include <filemap/fs/descriptor.hpp>

#include <string>
#include <vector>

namespace filemap::fs {

/// A directory on the way of a path, and the name in it that the way goes on by.
struct path_hop {
    /// O_PATH.
    descriptor directory;
    std::string name;
};

/// The way of a path as far as it leads.
struct path_way {
    /// From the root on, through the targets of symbolic links: as long as these names stay what they are, the path
    /// leads where it leads.
    std::vector<path_hop> hops;
    /// O_PATH: what is at its end, if anything.
    descriptor end;
};

/**
 * @brief Follows a path name by name.
 * @param path Absolute.
 * @par Errors   None: what cannot be opened ends the way.
 * @par Blocking As open(2): for ever on a file system whose server does not answer.
 */
[[nodiscard]] path_way walk_path(const std::string& path);

}  // namespace filemap::fs
