#include "dm/escape.hpp"

#include <algorithm>

namespace filemap::dm {
namespace {

/// Matches the kernel's isspace (lib/ctype.c): Latin-1, so a0 is a space in any character.
constexpr bool needs_escape(char c) noexcept {
    return (c >= '\t' && c <= '\r') || c == ' ' || c == '\xa0' || c == '\\';
}

}  // namespace

std::string escape_token(std::string_view token) {
    std::string escaped;
    escaped.reserve(token.size() + static_cast<std::size_t>(std::ranges::count_if(token, needs_escape)));
    for (const char c : token) {
        if (needs_escape(c)) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

}  // namespace filemap::dm
