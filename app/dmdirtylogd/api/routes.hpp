#pragma once

#include "common/http/api.hpp"
#include "dmdirtylogd/api/service_api.hpp"

namespace dmdirtylogd::control {

/// Returns the routes of the control API. The service must outlive the server that uses them.
[[nodiscard]] app::control::api api_of(service_api& service);

}  // namespace dmdirtylogd::control
