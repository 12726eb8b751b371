#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// Values of arguments, options and keys of a configuration. Each function throws `usage_error`, naming the argument by
/// @p what.
namespace dmfilemapd {

/// Regions of a file whose group is made here; a group that is handed over has no limit but what is asked for.
inline constexpr std::size_t default_max_regions = 1000;

[[nodiscard]] int parse_descriptor(std::string_view what, std::string_view text);
[[nodiscard]] filemap::group_id parse_group(std::string_view what, std::string_view text);
[[nodiscard]] filemap::fs::follow_mode parse_follow(std::string_view what, std::string_view text);
[[nodiscard]] filemap::region_rule parse_regions(std::string_view what, std::string_view text);
[[nodiscard]] std::size_t parse_max_regions(std::string_view what, std::string_view text);

/// Times: a whole number of what they return, or a number with one of the units ns, us, ms, s.
[[nodiscard]] std::chrono::milliseconds parse_interval(std::string_view what, std::string_view text);
[[nodiscard]] std::chrono::milliseconds parse_tolerance(std::string_view what, std::string_view text);
[[nodiscard]] std::chrono::seconds parse_verify(std::string_view what, std::string_view text);

/// How often figures are written: as the times above, a second at least.
[[nodiscard]] std::chrono::seconds parse_metrics_interval(std::string_view what, std::string_view text);

/// No longer than a file name. Whether it can be read is another question (`dm::alias_problem`).
[[nodiscard]] std::string parse_alias(std::string_view what, std::string_view text);

/// A word that every reader of `@stats_list` can tell from the rest of its row.
[[nodiscard]] std::string parse_program_id(std::string_view what, std::string_view text);

/**
 * @brief Parses histogram bounds in dmstats' form, "10ms,50ms,1s": nanoseconds by default, strictly increasing.
 * @return Bounds in the kernel's unit: milliseconds, or nanoseconds with precise timestamps. Bounds that are no
 * multiple of a millisecond enable precise timestamps.
 */
[[nodiscard]] filemap::dm::counting_options parse_bounds(std::string_view what, std::string_view text, bool precise);

}  // namespace dmfilemapd
