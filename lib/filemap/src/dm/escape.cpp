#include "dm/escape.hpp"

#include <algorithm>

namespace filemap::dm {
namespace {

/// The kernel's own isspace (lib/ctype.c): Latin-1, so that a0 is a space, whatever character it is part of.
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
