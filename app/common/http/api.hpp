#pragma once

#include "common/http/router.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace app::control {

class event_hub;

/// Source of events.
struct event_source {
    /// Subscribes a hub to the events for as long as the hub lives. Events are delivered from inside the change.
    std::function<void(std::weak_ptr<event_hub>)> tell;
    /// Returns the number of the last event; 0 before the first.
    std::function<std::uint64_t()> last;
};

/// Routes and events of a server. All functions are called on the event loop's thread. All referenced objects must
/// outlive the server.
struct api {
    /// "NAME/VERSION", for the field Server.
    std::string product;
    std::vector<route> routes;
    event_source events;
};

}  // namespace app::control
