#include "dmfilemapd/cli/option_values.hpp"

#include "common/text/parse_value.hpp"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace dmfilemapd {
namespace {

using app::parse_number;
using app::parse_time;
using app::refuse_value;

constexpr std::uint64_t largest_int = std::numeric_limits<int>::max();
constexpr std::uint64_t ns_of_ms = 1'000'000;
constexpr std::uint64_t day_in_ms = 86'400'000;
constexpr std::uint64_t year_in_s = 31'536'000;
// Limit of a program id's length. A row of @stats_list has room for 4000 bytes, most of which the group needs.
constexpr std::size_t max_program_id_length = 128;

// Returns the bound in nanoseconds.
std::uint64_t parse_bound(std::string_view what, std::string_view text) {
    const std::size_t digits = app::leading_digits(text);
    const std::uint64_t unit = app::unit_of(what, text, text.substr(digits));
    return unit * parse_number(what, text.substr(0, digits), 1, std::numeric_limits<std::int64_t>::max() / unit);
}

std::vector<std::uint64_t> parse_bound_list(std::string_view what, std::string_view text) {
    std::vector<std::uint64_t> bounds;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        bounds.push_back(parse_bound(what, text.substr(at, end - at)));
        at = end + 1;
    }
    if (std::ranges::adjacent_find(bounds, std::greater_equal{}) != bounds.end()) {
        refuse_value(what, text, "not strictly increasing");
    }
    return bounds;
}

}  // namespace

int parse_descriptor(std::string_view what, std::string_view text) {
    return static_cast<int>(parse_number(what, text, 0, largest_int));
}

filemap::group_id parse_group(std::string_view what, std::string_view text) {
    return filemap::group_id{parse_number(what, text, 0, largest_int)};
}

filemap::fs::follow_mode parse_follow(std::string_view what, std::string_view text) {
    if (text == "inode") return filemap::fs::follow_mode::inode;
    if (text == "path") return filemap::fs::follow_mode::path;
    refuse_value(what, text, "neither inode nor path");
}

filemap::region_rule parse_regions(std::string_view what, std::string_view text) {
    if (text == "cover") return filemap::region_rule::cover;
    if (text == "exact") return filemap::region_rule::exact;
    refuse_value(what, text, "neither cover nor exact");
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

std::string parse_alias(std::string_view what, std::string_view text) {
    if (text.empty()) refuse_value(what, text, "empty");
    if (text.size() > NAME_MAX) refuse_value(what, text, "longer than " + std::to_string(NAME_MAX) + " bytes");
    return std::string(text);
}

std::string parse_program_id(std::string_view what, std::string_view text) {
    if (text.empty()) refuse_value(what, text, "empty");
    if (text.size() > max_program_id_length) refuse_value(what, text, "too long");
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
        refuse_value(what, text, "not printable ASCII without blanks");
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
