#pragma once

#include "common/config/key_rules.hpp"
#include "common/http/socket_settings.hpp"

#include <span>

namespace app::config {

/// Returns the rules of the table `[control]`.
[[nodiscard]] std::span<const key_rule<control::settings>> control_rules() noexcept;

}  // namespace app::config
