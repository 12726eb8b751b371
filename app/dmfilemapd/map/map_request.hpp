#pragma once

#include "common/cli/startup_error.hpp"
#include "group/group_lookup.hpp"

#include <filemap/fs/file_identity.hpp>
#include <filemap/service.hpp>
#include <filemap/units.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace dmfilemapd {

/// File to map, and its group if known.
struct drawn_file {
    /// Path as bytes.
    std::string path;
    filemap::fs::file_identity file;
    filemap::device_id device;
    filemap::group_state group;
};

class file_is_gone : public app::startup_error {
public:
    using startup_error::startup_error;
};

/**
 * @brief Maps a file, lists its group, and returns the map as JSON (`control::file_map`).
 * @details Mapping and layout run on a thread of @p blocking. Messages to the device use its strand, a few regions at a
 * time, so that monitors can use the strand in between.
 * @throws file_is_gone   The path leads to another file.
 * @throws std::exception The cause of a failure.
 */
[[nodiscard]] boost::asio::awaitable<std::string> draw_map(filemap::service& service,
                                                           boost::asio::any_io_executor blocking, drawn_file file,
                                                           bool counted);

}  // namespace dmfilemapd
