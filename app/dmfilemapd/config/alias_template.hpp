#pragma once

#include <string>
#include <string_view>

namespace dmfilemapd {

/**
 * @brief Returns the group's name for the file at @p path.
 * @details In the template, {name} is the last component of the path, {dir} the components before it, and {path} the
 * whole path. Doubled braces are literal braces. A result longer than a file name is truncated between characters.
 * @throws usage_error if the template is invalid.
 */
[[nodiscard]] std::string expand_alias(std::string_view alias_template, std::string_view path);

}  // namespace dmfilemapd
