#pragma once

#include <string>

#include <sys/types.h>

namespace app::control {

/// Settings of a service's control socket.
struct settings {
    /// Absolute path of the socket; empty for none.
    std::string socket;
    mode_t mode = 0660;
    /// Name of the group that owns the socket.
    std::string group = "root";

    friend bool operator==(const settings&, const settings&) = default;
};

}  // namespace app::control
