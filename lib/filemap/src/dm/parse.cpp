#include "dm/parse.hpp"

#include <algorithm>

namespace filemap::dm::detail {
namespace {

constexpr std::size_t max_token_length = 64;
constexpr std::size_t max_quote_length = 80;

bool is_name(std::string_view token) {
    return !token.empty() && token.size() <= max_token_length &&
           token.find_first_not_of("@_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

bool is_number_or_range(std::string_view token) {
    return !token.empty() && token.size() <= max_token_length &&
           token.find_first_not_of("0123456789+-") == std::string_view::npos;
}

std::string_view take_token(std::string_view& text) {
    const std::string_view token = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), token.size() + 1));
    return token;
}

std::string escaped(char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    if (c == '"' || c == '\\') return {'\\', c};
    if (c >= 0x20 && c < 0x7f) return {c};
    if (c == '\n') return "\\n";
    const auto byte = static_cast<unsigned char>(c);
    return {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
}

}  // namespace

std::string describe(std::string_view message, device_id device) {
    const std::string_view name = take_token(message);
    const std::string_view subject = take_token(message);
    std::string text(is_name(name) ? name : "message");
    if (is_number_or_range(subject)) text.append(" ").append(subject);
    return text + " on " + to_string(device);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, max_quote_length)) out += escaped(c);
    out += text.size() > max_quote_length ? "\"..." : "\"";
    return out;
}

}  // namespace filemap::dm::detail
