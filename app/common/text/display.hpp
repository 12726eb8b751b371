#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace app {

[[nodiscard]] bool is_utf8(std::string_view text);

/// Replaces each byte that is not UTF-8 with U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);
/// Returns the length of the longest prefix that is UTF-8.
[[nodiscard]] std::size_t utf8_prefix(std::string_view text);

/// A foreign text (a file name, an argument) in one line from which its bytes can be told: what a terminal would not
/// just print (control characters, line ends, marks of writing direction, bytes that are no UTF-8) is written as \n, \t
/// or \xNN, and a backslash as two.
[[nodiscard]] std::string displayed(std::string_view text);

/// The text that is displayed so. Empty optional: a backslash stands where @ref displayed would not write one.
[[nodiscard]] std::optional<std::string> undisplayed(std::string_view shown);

/// @ref displayed in single quotes, for texts that may be empty or hold blanks.
[[nodiscard]] std::string quoted(std::string_view text);

/// Like @ref displayed, for a text that may already contain displayed text: backslashes stay.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace app
