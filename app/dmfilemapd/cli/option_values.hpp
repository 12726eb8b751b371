#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// Parses values of arguments, options and configuration keys. Each function throws `usage_error`, naming the argument
/// by @p what.
namespace dmfilemapd {

/// Default limit of regions per file. Applies to groups that dmfilemapd creates, not to a group given with options.
inline constexpr std::size_t default_max_regions = 1000;

[[nodiscard]] int parse_descriptor(std::string_view what, std::string_view text);
[[nodiscard]] filemap::group_id parse_group(std::string_view what, std::string_view text);
[[nodiscard]] filemap::fs::follow_mode parse_follow(std::string_view what, std::string_view text);
[[nodiscard]] filemap::region_rule parse_regions(std::string_view what, std::string_view text);
[[nodiscard]] std::size_t parse_max_regions(std::string_view what, std::string_view text);

/// Parses a time: a whole number in the unit of the returned type, or a number with the unit ns, us, ms or s.
[[nodiscard]] std::chrono::milliseconds parse_interval(std::string_view what, std::string_view text);
[[nodiscard]] std::chrono::milliseconds parse_tolerance(std::string_view what, std::string_view text);
[[nodiscard]] std::chrono::seconds parse_verify(std::string_view what, std::string_view text);

/// Parses the interval of writing metrics: a time as above, at least one second.
[[nodiscard]] std::chrono::seconds parse_metrics_interval(std::string_view what, std::string_view text);

/// Parses an alias no longer than a file name. `dm::alias_problem` checks that the alias is readable.
[[nodiscard]] std::string parse_alias(std::string_view what, std::string_view text);

/// Parses a word that every parser of `@stats_list` can separate from the rest of the row.
[[nodiscard]] std::string parse_program_id(std::string_view what, std::string_view text);

/**
 * @brief Parses histogram bounds in dmstats' form, "10ms,50ms,1s": nanoseconds by default, strictly increasing.
 * @return Bounds in the kernel's unit: milliseconds, or nanoseconds with precise timestamps. A bound with a fraction of
 * a millisecond enables precise timestamps.
 */
[[nodiscard]] filemap::dm::counting_options parse_bounds(std::string_view what, std::string_view text, bool precise);

}  // namespace dmfilemapd
