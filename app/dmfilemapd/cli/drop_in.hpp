#pragma once

#include "dmfilemapd/cli/options.hpp"

#include <span>
#include <string>

namespace dmfilemapd {

/// Returns true for libdevmapper's form of arguments: FD GROUP_ID PATH MODE [FOREGROUND [LOG_LEVEL]].
[[nodiscard]] bool is_drop_in(std::span<const std::string> arguments);

/// Parses the arguments of libdevmapper's form. @throws usage_error
[[nodiscard]] options parse_drop_in(std::span<const std::string> arguments);

}  // namespace dmfilemapd
