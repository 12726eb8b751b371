#pragma once

#include <optional>

namespace app::daemon {

/// Makes descriptors 0 to 2 refer to something, so that no file is opened in their place and written messages.
void open_standard_descriptors();

/// Closes descriptors inherited from the parent process, except 0 to 2 and @p kept.
void close_stray_descriptors(std::optional<int> kept);

}  // namespace app::daemon
