#pragma once

#include <string>
#include <string_view>

namespace dmfilemapd {

/**
 * @brief Returns the group's name for the file at @p path.
 * @details The template's {name} is the last component of the path, {dir} the components before it, {path} the whole
 * path; doubled braces are literal braces. A name longer than a file name may be is cut between characters.
 * @throws usage_error if the template is invalid.
 */
[[nodiscard]] std::string expand_alias(std::string_view alias_template, std::string_view path);

}  // namespace dmfilemapd
