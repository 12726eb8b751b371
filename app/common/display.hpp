#pragma once

#include <string>
#include <string_view>

namespace dmfilemapd {

[[nodiscard]] bool is_utf8(std::string_view text);

/// With U+FFFD in the place of each byte that is no UTF-8.
[[nodiscard]] std::string as_utf8(std::string_view text);

/// A foreign text (a file name, an argument) in one line from which its bytes can be told: what a terminal would not
/// just print (control characters, line ends, marks of writing direction, bytes that are no UTF-8) is written as \n, \t
/// or \xNN, and a backslash as two.
[[nodiscard]] std::string displayed(std::string_view text);

/// @ref displayed in single quotes, for texts that may be empty or hold blanks.
[[nodiscard]] std::string quoted(std::string_view text);

/// As @ref displayed, but for a text that may contain displayed ones already: backslashes stay as they are.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace dmfilemapd
