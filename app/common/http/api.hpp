#pragma once

#include "common/http/router.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace app::control {

class event_hub;

/// Where events come from.
struct event_source {
    /// One more is told of them, from inside the change, for as long as it lives.
    std::function<void(std::weak_ptr<event_hub>)> tell;
    /// Number of the last one; 0 before the first.
    std::function<std::uint64_t()> last;
};

/// What a server answers, and tells of. All is called from the event loop's thread, and what it refers to must live
/// until the server has ended.
struct api {
    /// "NAME/VERSION", for the field Server.
    std::string product;
    std::vector<route> routes;
    event_source events;
};

}  // namespace app::control
