#pragma once

#include "dmfilemapd/cli/options.hpp"

#include <span>
#include <string>

namespace dmfilemapd {

/// Whether the arguments are of the form that libdevmapper uses: FD GROUP_ID PATH MODE [FOREGROUND [LOG_LEVEL]].
[[nodiscard]] bool is_drop_in(std::span<const std::string> arguments);

/// @throws usage_error
[[nodiscard]] options parse_drop_in(std::span<const std::string> arguments);

}  // namespace dmfilemapd
