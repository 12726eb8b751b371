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

/// A file that is to be drawn, and its group as far as it is known.
struct drawn_file {
    /// Bytes.
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
 * @brief Maps a file, lists its group anew, and tells by JSON what it looks like (`control::file_map`).
 * @details Mapped and drawn by a thread of @p blocking; only the group is asked for on the device's turn, and its
 * regions some at a time, so that monitors have theirs in between.
 * @throws file_is_gone   It is no longer where it was.
 * @throws std::exception saying what was in the way.
 */
[[nodiscard]] boost::asio::awaitable<std::string> draw_map(filemap::service& service,
                                                           boost::asio::any_io_executor blocking, drawn_file file,
                                                           bool counted);

}  // namespace dmfilemapd
