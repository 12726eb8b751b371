#include "common/text/display.hpp"

#include <boost/locale/utf.hpp>

#include <charconv>
#include <cstdint>

namespace app {
namespace {

using utf8 = boost::locale::utf::utf_traits<char>;

bool is_text(boost::locale::utf::code_point c) {
    return boost::locale::utf::is_valid_codepoint(c);
}

// Returns false for control characters, line and paragraph separators, and marks that change the writing direction.
bool is_plain(boost::locale::utf::code_point c) {
    return !(c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        switch (c) {
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            default: out.append({'\\', 'x', hex[byte >> 4], hex[byte & 15]}); break;
        }
    }
}

struct unescaped {
    char byte;
    /// Length of the escape sequence.
    std::size_t length;
};

// Decodes the text after a backslash.
std::optional<unescaped> unescape(std::string_view text) {
    if (text.starts_with('n')) return unescaped{'\n', 1};
    if (text.starts_with('t')) return unescaped{'\t', 1};
    if (text.starts_with('\\')) return unescaped{'\\', 1};
    if (!text.starts_with('x') || text.size() < 3) return {};
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(&text[1], &text[1] + 2, byte, 16);
    if (error != std::errc{} || end != &text[1] + 2) return {};
    return unescaped{static_cast<char>(byte), 3};
}

std::string escaped(std::string_view text, bool double_backslash) {
    std::string out;
    out.reserve(text.size());
    for (auto at = text.begin(); at != text.end();) {
        const auto first = at;
        const auto c = utf8::decode(at, text.end());
        // Skips only the first byte of an invalid sequence.
        if (!is_text(c)) at = first + 1;
        const std::string_view bytes = text.substr(first - text.begin(), at - first);
        if (!is_text(c) || !is_plain(c)) {
            append_escaped(out, bytes);
        } else {
            out += bytes;
            if (c == '\\' && double_backslash) out += '\\';
        }
    }
    return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
    return utf8_prefix(text) == text.size();
}

std::size_t utf8_prefix(std::string_view text) {
    for (auto at = text.begin(); at != text.end();) {
        const auto first = at;
        if (!is_text(utf8::decode(at, text.end()))) return static_cast<std::size_t>(first - text.begin());
    }
    return text.size();
}

std::string as_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (auto at = text.begin(); at != text.end();) {
        const auto first = at;
        if (is_text(utf8::decode(at, text.end()))) {
            out.append(first, at);
        } else {
            out += "\xef\xbf\xbd";
            at = first + 1;
        }
    }
    return out;
}

std::string displayed(std::string_view text) {
    return escaped(text, true);
}

std::optional<std::string> undisplayed(std::string_view shown) {
    std::string text;
    for (std::size_t at = 0; at < shown.size(); ++at) {
        if (shown[at] != '\\') {
            text += shown[at];
            continue;
        }
        const auto one = unescape(shown.substr(at + 1));
        if (!one) return {};
        text += one->byte;
        at += one->length;
    }
    return text;
}

std::string quoted(std::string_view text) {
    return '\'' + displayed(text) + '\'';
}

std::string one_line(std::string_view text) {
    return escaped(text, false);
}

}  // namespace app
