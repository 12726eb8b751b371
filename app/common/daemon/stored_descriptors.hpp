#pragma once

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <vector>

namespace app::daemon {

/// A descriptor that the service manager has kept.
struct stored_descriptor {
    std::string name;
    filemap::fs::descriptor descriptor;
};

/**
 * @brief Those that the service manager hands over, by $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES, which are removed.
 * @details To be called before any other file is opened, and before stray ones are closed. Closed when a program is
 * executed.
 * @par Source sd_listen_fds_with_names(3).
 */
[[nodiscard]] std::vector<stored_descriptor> take_stored_descriptors();

}  // namespace app::daemon
