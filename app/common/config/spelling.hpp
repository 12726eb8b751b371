#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace app::config {

/// Returns the word in @p known that is closest to @p given, or nothing if no word is close enough.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view given, std::span<const std::string_view> known);

}  // namespace app::config
