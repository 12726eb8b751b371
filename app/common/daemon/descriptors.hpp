#pragma once

#include <optional>

namespace app::daemon {

/// Makes descriptors 0 to 2 refer to something, so that no file is opened in their place and written messages.
void open_standard_descriptors();

/// Closes what the caller left open: all but 0 to 2 and @p kept.
void close_stray_descriptors(std::optional<int> kept);

}  // namespace app::daemon
