#pragma once

#include "common/http/connection.hpp"

#include <cstddef>
#include <memory>
#include <set>

namespace app::control {

using clients = std::set<std::shared_ptr<connection>>;

/// Ensures room for one more of @p most clients, not counting those that listen to events. If all places are taken,
/// closes the client that has been idle for longest. @return False if every client has a request in progress.
[[nodiscard]] bool make_room(const clients& among, std::size_t most);

}  // namespace app::control
