#pragma once

#include <filemap/error.hpp>

#include <string>

namespace filemap::fs {

/// Makes a directory that everybody may enter and read, independent of the umask. An existing directory stays
/// unchanged.
[[nodiscard]] result<void> make_directory(const std::string& path);

}  // namespace filemap::fs
