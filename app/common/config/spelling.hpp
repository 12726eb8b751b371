#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace app::config {

/// The one of @p known that was probably meant, if any is close enough to @p given.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view given, std::span<const std::string_view> known);

}  // namespace app::config
