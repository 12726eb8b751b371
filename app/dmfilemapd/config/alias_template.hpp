#pragma once

#include <string>
#include <string_view>

namespace dmfilemapd {

/**
 * @brief The name of the group of the file at @p path.
 * @details In the template {name} stands for the last component of the path, {dir} for what is before it, {path} for
 * all of it, and doubled braces for single ones. What is longer than a file name may be is cut, between characters.
 * @throws usage_error if the template is not one.
 */
[[nodiscard]] std::string expand_alias(std::string_view alias_template, std::string_view path);

}  // namespace dmfilemapd
