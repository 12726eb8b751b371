#pragma once

#include <filemap/error.hpp>
#include <filemap/fs/descriptor.hpp>

#include <string>
#include <vector>

namespace filemap::fs {

/// A directory on the way of a path, and the next name in it.
struct path_hop {
    /// O_PATH descriptor of the directory.
    descriptor directory;
    std::string name;
};

/// The way of a path, as far as its directories can be opened.
struct path_way {
    /// Directories from the root on, through the targets of symbolic links. While these names are unchanged, the path
    /// leads to the same object.
    std::vector<path_hop> hops;
    /// O_PATH descriptor of the object at the end, if there is one.
    descriptor end;
};

/**
 * @brief Walks a path name by name.
 * @param path Absolute.
 * @par Errors   None: the way ends where a directory cannot be opened.
 * @par Blocking Like open(2): without limit on a file system whose server does not answer.
 */
[[nodiscard]] path_way walk_path(const std::string& path);

}  // namespace filemap::fs
