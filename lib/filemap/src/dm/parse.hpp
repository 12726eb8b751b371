#pragma once

#include <filemap/units.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filemap::dm::detail {

/// Formats the context of a failure, such as "@stats_create 0+8 on 254:0": the message's name and its object. Other
/// tokens come from other programs and are left out.
[[nodiscard]] std::string describe(std::string_view message, device_id device);

/// Quotes text of other programs, cut to the length of a line, with everything but printable ASCII escaped.
[[nodiscard]] std::string quoted(std::string_view text);

/// Takes @p expected from the front of @p text if it is there.
inline bool skip(std::string_view& text, char expected) noexcept {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

/// Takes a decimal number from the front of @p text in the kernel's form: no sign, no leading zero, 64 bits.
inline std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || (text.front() == '0' && rest != text.data() + 1)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

}  // namespace filemap::dm::detail
