#pragma once

#include <cstddef>
#include <string_view>

namespace app {

/// Returns the number of terminal columns of a printable UTF-8 text: two for wide characters, none for combining marks.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// Returns the longest suffix of a text that fits into @p width columns. The suffix begins with a base character.
[[nodiscard]] std::string_view suffix_within(std::string_view text, std::size_t width);

}  // namespace app
