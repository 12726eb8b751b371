#pragma once

#include <filemap/fs/descriptor.hpp>

#include <optional>

namespace dmdirtylogd {

/// Name of the socket in the service manager's store.
inline constexpr const char* connector_name = "connector";

/// Takes the socket from the service manager's store, and closes the other descriptors. nullopt: no socket was stored.
[[nodiscard]] std::optional<filemap::fs::descriptor> take_stored_connector();

}  // namespace dmdirtylogd
