#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/**
 * @brief Counters of one area of a region.
 * @details
 * The merge columns of `@stats_print` are left out, because the kernel does not count merges there. An I/O counts once
 * in each area that it touches; sectors are split exactly.
 * @par Units   Times in milliseconds, or in nanoseconds if the region has precise timestamps.
 * @par Source  Linux `Documentation/admin-guide/device-mapper/statistics.rst`.
 */
struct FILEMAP_API counters {
    std::uint64_t reads = 0;
    sectors sectors_read;
    std::uint64_t read_time = 0;
    std::uint64_t writes = 0;
    sectors sectors_written;
    std::uint64_t write_time = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t io_time = 0;
    std::uint64_t weighted_io_time = 0;
    std::uint64_t total_read_time = 0;
    std::uint64_t total_write_time = 0;
    /// Bins of the histogram, one more than there are bounds; empty without a histogram.
    std::vector<std::uint64_t> histogram;

    /// Adds counters that have the same clock and the same bounds.
    counters& operator+=(const counters& other);
    friend bool operator==(const counters&, const counters&) = default;
};

/// A row of `@stats_print`. Its length is the step, also where the region ends before the area.
struct area_counters {
    sector_range area;
    counters counted;
};

/// Parses an answer to `@stats_print` or `@stats_print_clear`.
/// @par Errors `errc::answer_malformed`; the context quotes the row.
[[nodiscard]] FILEMAP_API result<std::vector<area_counters>> parse_counters(std::string_view answer);

/// Formats a row as the kernel prints it, with the line end. The merge columns are 0.
[[nodiscard]] FILEMAP_API std::string format_counters(const area_counters& row);

}  // namespace filemap::dm
