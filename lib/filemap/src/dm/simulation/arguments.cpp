#include "dm/simulation/arguments.hpp"

#include <algorithm>

namespace filemap::dm::detail {
namespace {

constexpr bool is_space(char c) noexcept {
    return (c >= '\t' && c <= '\r') || c == ' ' || c == '\xa0';
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void skip_spaces(std::string_view& text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

bool skip_char(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

/// Parses digits only; wraps around at 64 bits.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::uint64_t value = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
        value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    return value;
}

std::optional<std::uint64_t> take_unsigned(std::string_view& text) {
    skip_spaces(text);
    return take_digits(text);
}

std::string take_argument(std::string_view& text) {
    std::string argument;
    while (!text.empty() && !is_space(text.front())) {
        if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
        argument += text.front();
        text.remove_prefix(1);
    }
    return argument;
}

}  // namespace

std::vector<std::string> split_arguments(std::string_view text) {
    std::vector<std::string> arguments;
    for (skip_spaces(text); !text.empty(); skip_spaces(text)) arguments.push_back(take_argument(text));
    return arguments;
}

bool equal_in_any_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::uint64_t> scan_number(std::string_view text) {
    const auto value = take_unsigned(text);
    return text.empty() ? value : std::nullopt;
}

std::optional<std::uint32_t> scan_count(std::string_view text) {
    const auto value = scan_number(text);
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<std::int32_t> scan_id(std::string_view text) {
    skip_spaces(text);
    const bool negative = skip_char(text, '-');
    const auto digits = take_digits(text);
    if (!digits || !text.empty()) return std::nullopt;
    const auto id = static_cast<std::int32_t>(static_cast<std::uint32_t>(negative ? 0 - *digits : *digits));
    return id >= 0 ? std::optional(id) : std::nullopt;
}

std::optional<scanned_range> scan_range(std::string_view text) {
    const auto start = take_unsigned(text);
    if (!start || !skip_char(text, '+')) return std::nullopt;
    const auto length = take_unsigned(text);
    if (!length || !text.empty()) return std::nullopt;
    return scanned_range{*start, *length};
}

std::optional<std::vector<std::uint64_t>> scan_bounds(std::string_view text) {
    std::vector<std::uint64_t> bounds;
    do {
        const auto bound = take_unsigned(text);
        if (!bound || *bound <= (bounds.empty() ? 0 : bounds.back())) return std::nullopt;
        bounds.push_back(*bound);
    } while (skip_char(text, ','));
    return text.empty() ? std::optional(std::move(bounds)) : std::nullopt;
}

}  // namespace filemap::dm::detail
