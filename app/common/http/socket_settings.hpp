#pragma once

#include <string>

#include <sys/types.h>

namespace app::control {

/// The socket through which a service is asked, as its configuration has it.
struct settings {
    /// Absolute; empty for none.
    std::string socket;
    mode_t mode = 0660;
    /// Name of the group that owns the socket.
    std::string group = "root";

    friend bool operator==(const settings&, const settings&) = default;
};

}  // namespace app::control
