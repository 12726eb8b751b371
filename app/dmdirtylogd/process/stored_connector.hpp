#pragma once

#include <filemap/fs/descriptor.hpp>

#include <optional>

namespace dmdirtylogd {

/// Under which the service manager keeps the socket.
inline constexpr const char* connector_name = "connector";

/// What the service manager has kept for us, if that is the socket. The others are closed.
[[nodiscard]] std::optional<filemap::fs::descriptor> take_kept_connector();

}  // namespace dmdirtylogd
