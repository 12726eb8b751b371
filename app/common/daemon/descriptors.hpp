#pragma once

#include <optional>

namespace app::daemon {

/// Opens unused descriptors among 0 to 2 on /dev/null, so that no file gets such a number and receives messages.
void open_standard_descriptors();

/// Closes descriptors inherited from the parent process, except 0 to 2 and @p kept.
void close_stray_descriptors(std::optional<int> kept);

}  // namespace app::daemon
