#include "values.hpp"

#include <common/display.hpp>
#include <common/refusal.hpp>

#include <algorithm>
#include <charconv>
#include <climits>
#include <functional>
#include <limits>
#include <vector>

namespace dmfilemapd {
namespace {

constexpr std::uint64_t largest_int = std::numeric_limits<int>::max();
constexpr std::uint64_t ns_of_ms = 1'000'000;
constexpr std::uint64_t day_in_ms = 86'400'000;
constexpr std::uint64_t year_in_s = 31'536'000;
// A row of @stats_list has room for 4000 bytes, most of which are for the group.
constexpr std::size_t longest_program_id = 128;

[[noreturn]] void refuse(std::string_view what, std::string_view text, std::string_view why) {
    throw app::usage_error(std::string(what) + ' ' + app::quoted(text) + ": " + std::string(why));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::uint64_t unit_of(std::string_view what, std::string_view text, std::string_view suffix) {
    if (suffix.empty() || suffix == "ns") return 1;
    if (suffix == "us") return 1000;
    if (suffix == "ms") return ns_of_ms;
    if (suffix == "s") return 1000 * ns_of_ms;
    refuse(what, text, "not a time with one of the units ns, us, ms, s");
}

std::size_t leading_digits(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// In nanoseconds.
std::uint64_t parse_bound(std::string_view what, std::string_view text) {
    const std::size_t digits = leading_digits(text);
    const std::uint64_t unit = unit_of(what, text, text.substr(digits));
    return unit * parse_number(what, text.substr(0, digits), 1, std::numeric_limits<std::int64_t>::max() / unit);
}

// In the unit, which is meant where none is given.
std::uint64_t parse_time(std::string_view what, std::string_view text, std::string_view unit, std::uint64_t least,
                         std::uint64_t most) {
    const std::size_t digits = leading_digits(text);
    if (looks_like_number(text) || digits == 0) return parse_number(what, text, least, most);
    const std::uint64_t factor = unit_of(what, text, text.substr(digits));
    const std::uint64_t ns =
        factor * parse_number(what, text.substr(0, digits), 0, std::numeric_limits<std::int64_t>::max() / factor);
    const std::uint64_t ns_of_unit = unit_of(what, text, unit);
    if (ns % ns_of_unit != 0) refuse(what, text, "not a whole number of " + std::string(unit));
    const std::uint64_t value = ns / ns_of_unit;
    if (value > most) refuse(what, text, "greater than " + std::to_string(most) + ' ' + std::string(unit));
    if (value < least) refuse(what, text, "less than " + std::to_string(least) + ' ' + std::string(unit));
    return value;
}

std::vector<std::uint64_t> parse_bound_list(std::string_view what, std::string_view text) {
    std::vector<std::uint64_t> bounds;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        bounds.push_back(parse_bound(what, text.substr(at, end - at)));
        at = end + 1;
    }
    if (std::ranges::adjacent_find(bounds, std::greater_equal{}) != bounds.end()) {
        refuse(what, text, "not strictly increasing");
    }
    return bounds;
}

}  // namespace

bool looks_like_number(std::string_view text) noexcept {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t least, std::uint64_t most) {
    if (looks_like_number(text) && text.front() == '-') refuse(what, text, "negative");
    if (text.empty() || !std::ranges::all_of(text, is_digit)) refuse(what, text, "not a whole number");
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > most) refuse(what, text, "greater than " + std::to_string(most));
    if (value < least) refuse(what, text, "less than " + std::to_string(least));
    return value;
}

int parse_descriptor(std::string_view what, std::string_view text) {
    return static_cast<int>(parse_number(what, text, 0, largest_int));
}

filemap::group_id parse_group(std::string_view what, std::string_view text) {
    return filemap::group_id{parse_number(what, text, 0, largest_int)};
}

filemap::fs::follow_mode parse_follow(std::string_view what, std::string_view text) {
    if (text == "inode") return filemap::fs::follow_mode::inode;
    if (text == "path") return filemap::fs::follow_mode::path;
    refuse(what, text, "neither inode nor path");
}

filemap::region_rule parse_regions(std::string_view what, std::string_view text) {
    if (text == "cover") return filemap::region_rule::cover;
    if (text == "exact") return filemap::region_rule::exact;
    refuse(what, text, "neither cover nor exact");
}

std::size_t parse_max_regions(std::string_view what, std::string_view text) {
    return parse_number(what, text, 0, largest_int);
}

std::chrono::milliseconds parse_interval(std::string_view what, std::string_view text) {
    return std::chrono::milliseconds(parse_time(what, text, "ms", 1, day_in_ms));
}

std::chrono::milliseconds parse_tolerance(std::string_view what, std::string_view text) {
    return std::chrono::milliseconds(parse_time(what, text, "ms", 0, day_in_ms));
}

std::chrono::seconds parse_verify(std::string_view what, std::string_view text) {
    return std::chrono::seconds(parse_time(what, text, "s", 0, year_in_s));
}

std::chrono::seconds parse_metrics_interval(std::string_view what, std::string_view text) {
    return std::chrono::seconds(parse_time(what, text, "s", 1, day_in_ms / 1000));
}

boost::asio::ip::tcp::endpoint parse_address(std::string_view what, std::string_view text) {
    namespace ip = boost::asio::ip;
    const auto refuse_form = [&] { refuse(what, text, "not ADDRESS:PORT, [ADDRESS]:PORT or PORT"); };
    const std::size_t colon = text.rfind(':');
    const std::string_view port = text.substr(colon + 1);
    if (!looks_like_number(port)) refuse_form();
    const auto number = static_cast<ip::port_type>(parse_number(what, port, 1, 65535));
    if (colon == text.npos) return {ip::address_v4::loopback(), number};
    std::string_view host = text.substr(0, colon);
    const bool is_v6 = host.starts_with('[') && host.ends_with(']');
    if (is_v6) host = host.substr(1, host.size() - 2);
    boost::system::error_code wrong;
    const ip::address address = ip::make_address(std::string(host), wrong);
    if (wrong || address.is_v6() != is_v6) refuse_form();
    return {address, number};
}

std::string parse_path(std::string_view what, std::string_view text) {
    if (text.empty()) refuse(what, text, "empty");
    if (text.front() != '/') refuse(what, text, "not absolute");
    return std::string(text);
}

std::string parse_alias(std::string_view what, std::string_view text) {
    if (text.empty()) refuse(what, text, "empty");
    if (text.size() > NAME_MAX) refuse(what, text, "longer than " + std::to_string(NAME_MAX) + " bytes");
    return std::string(text);
}

std::string parse_program_id(std::string_view what, std::string_view text) {
    if (text.empty()) refuse(what, text, "empty");
    if (text.size() > longest_program_id) refuse(what, text, "too long");
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
        refuse(what, text, "not printable ASCII without blanks");
    }
    return std::string(text);
}

filemap::dm::counting_options parse_bounds(std::string_view what, std::string_view text, bool precise) {
    const auto bounds = parse_bound_list(what, text);
    filemap::dm::counting_options options;
    options.precise_timestamps =
        precise || std::ranges::any_of(bounds, [](std::uint64_t bound) { return bound % ns_of_ms != 0; });
    for (const std::uint64_t bound : bounds) {
        if (!options.histogram.empty()) options.histogram += ',';
        options.histogram += std::to_string(options.precise_timestamps ? bound : bound / ns_of_ms);
    }
    return options;
}

}  // namespace dmfilemapd
