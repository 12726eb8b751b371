#pragma once

#include "common/http/connection.hpp"

#include <cstddef>
#include <memory>
#include <set>

namespace app::control {

using clients = std::set<std::shared_ptr<connection>>;

/// Sees to it that there is room for one more of @p most clients, not counting those that listen to events: who has
/// said nothing for longest is not to keep others out, and is closed. @return False: all are being answered.
[[nodiscard]] bool make_room(const clients& among, std::size_t most);

}  // namespace app::control
