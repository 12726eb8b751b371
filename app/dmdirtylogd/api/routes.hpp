#pragma once

#include "common/http/api.hpp"
#include "dmdirtylogd/api/service_api.hpp"

namespace dmdirtylogd::control {

/// What is answered about a service. It must live until the server has ended that answers so.
[[nodiscard]] app::control::api api_of(target& service);

}  // namespace dmdirtylogd::control
