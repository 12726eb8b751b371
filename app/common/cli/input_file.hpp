#pragma once

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <string_view>

namespace app {

/// Returns @p file relative to the working directory as an absolute path, without resolving links.
[[nodiscard]] std::string absolute_path(std::string_view file);

/// Opens a file for reading, without touching it if it is not a regular one (a fifo would block, a tape rewind).
/// @throws startup_error
[[nodiscard]] filemap::fs::descriptor open_regular(const std::string& path);

}  // namespace app
