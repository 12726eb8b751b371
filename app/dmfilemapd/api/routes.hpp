#pragma once

#include "common/http/api.hpp"
#include "dmfilemapd/api/service_api.hpp"

namespace dmfilemapd::control {

/// What is answered about a service. It must live until the servers have ended that answer so.
[[nodiscard]] app::control::api api_of(target& service);

}  // namespace dmfilemapd::control
