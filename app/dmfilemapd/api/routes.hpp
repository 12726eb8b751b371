#pragma once

#include "common/http/api.hpp"
#include "dmfilemapd/api/service_api.hpp"

namespace dmfilemapd::control {

/// Returns the routes of a service. The service must outlive the servers.
[[nodiscard]] app::control::api api_of(target& service);

}  // namespace dmfilemapd::control
