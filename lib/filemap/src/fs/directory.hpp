#pragma once

#include <filemap/error.hpp>

#include <string>

namespace filemap::fs {

/// Makes a directory that all may enter and read, whatever the umask. One that is there stays as it is.
[[nodiscard]] result<void> make_directory(const std::string& path);

}  // namespace filemap::fs
