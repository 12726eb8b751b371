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

/// Formats an untrusted text (a file name, an argument) in one line, without loss of information. Control characters,
/// line ends, marks of writing direction and bytes outside UTF-8 become \n, \t or \xNN. A backslash is doubled.
[[nodiscard]] std::string displayed(std::string_view text);

/// Returns the original of a displayed text, or nothing if @ref displayed would not write one of the backslashes.
[[nodiscard]] std::optional<std::string> undisplayed(std::string_view shown);

/// Returns the @ref displayed text in single quotes, for texts that may be empty or contain blanks.
[[nodiscard]] std::string quoted(std::string_view text);

/// Escapes a text that may already contain displayed text. Works like @ref displayed but keeps backslashes.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace app
