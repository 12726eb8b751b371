#pragma once

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <string_view>

namespace app {

/// Returns @p file relative to the working directory as an absolute path, without resolving links.
[[nodiscard]] std::string absolute_path(std::string_view file);

/// Opens a regular file for reading. Does not open other files: opening a fifo would block, opening a tape would rewind
/// the tape.
/// @throws startup_error
[[nodiscard]] filemap::fs::descriptor open_regular(const std::string& path);

}  // namespace app
