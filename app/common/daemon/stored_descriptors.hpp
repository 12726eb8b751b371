#pragma once

#include <filemap/fs/descriptor.hpp>

#include <string>
#include <vector>

namespace app::daemon {

/// Descriptor that the service manager has kept.
struct stored_descriptor {
    std::string name;
    filemap::fs::descriptor descriptor;
};

/**
 * @brief Returns the descriptors passed by the service manager and removes $LISTEN_PID, $LISTEN_FDS and
 * $LISTEN_FDNAMES.
 * @details Call it before other files are opened and before stray descriptors are closed. The descriptors are
 * close-on-exec.
 * @par Source sd_listen_fds_with_names(3).
 */
[[nodiscard]] std::vector<stored_descriptor> take_stored_descriptors();

}  // namespace app::daemon
