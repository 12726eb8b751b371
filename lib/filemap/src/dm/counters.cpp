#include "dm/parse.hpp"

#include <filemap/dm/counters.hpp>

#include <algorithm>
#include <array>

namespace filemap::dm {
namespace {

using detail::skip;
using detail::take_number;

/// Columns after the area, in the kernel's order. The second and the sixth column are the merges.
using columns = std::array<std::uint64_t, 13>;

bool take_columns(std::string_view& row, columns& values) {
    for (std::uint64_t& value : values) {
        const auto number = skip(row, ' ') ? take_number(row) : std::nullopt;
        if (!number) return false;
        value = *number;
    }
    return true;
}

counters from_columns(const columns& c) {
    counters counted;
    counted.reads = c[0];
    counted.sectors_read = sectors{c[2]};
    counted.read_time = c[3];
    counted.writes = c[4];
    counted.sectors_written = sectors{c[6]};
    counted.write_time = c[7];
    counted.in_flight = c[8];
    counted.io_time = c[9];
    counted.weighted_io_time = c[10];
    counted.total_read_time = c[11];
    counted.total_write_time = c[12];
    return counted;
}

/// Parses " h0:h1:..:hn", or an empty row. Returns false on any other text.
bool take_histogram(std::string_view& row, std::vector<std::uint64_t>& bins) {
    if (row.empty()) return true;
    if (!skip(row, ' ')) return false;
    do {
        const auto bin = take_number(row);
        if (!bin) return false;
        bins.push_back(*bin);
    } while (skip(row, ':'));
    return row.empty();
}

bool parse_row(std::string_view row, area_counters& parsed) {
    const auto start = take_number(row);
    if (!start || !skip(row, '+')) return false;
    const auto length = take_number(row);
    columns values{};
    if (!length || !take_columns(row, values)) return false;
    parsed.area = {sectors{*start}, sectors{*length}};
    parsed.counted = from_columns(values);
    return take_histogram(row, parsed.counted.histogram);
}

}  // namespace

counters& counters::operator+=(const counters& other) {
    reads += other.reads;
    sectors_read += other.sectors_read;
    read_time += other.read_time;
    writes += other.writes;
    sectors_written += other.sectors_written;
    write_time += other.write_time;
    in_flight += other.in_flight;
    io_time += other.io_time;
    weighted_io_time += other.weighted_io_time;
    total_read_time += other.total_read_time;
    total_write_time += other.total_write_time;
    histogram.resize(std::max(histogram.size(), other.histogram.size()));
    std::ranges::transform(other.histogram, histogram, histogram.begin(), std::plus<>{});
    return *this;
}

std::string format_counters(const area_counters& row) {
    constexpr std::uint64_t merges = 0;
    const counters& c = row.counted;
    std::string text = to_string(row.area);
    for (const std::uint64_t column :
         {c.reads, merges, c.sectors_read.count(), c.read_time, c.writes, merges, c.sectors_written.count(),
          c.write_time, c.in_flight, c.io_time, c.weighted_io_time, c.total_read_time, c.total_write_time})
        text += ' ' + std::to_string(column);
    for (const std::uint64_t& bin : c.histogram) text += (&bin == c.histogram.data() ? ' ' : ':') + std::to_string(bin);
    return text + '\n';
}

result<std::vector<area_counters>> parse_counters(std::string_view answer) {
    std::vector<area_counters> areas;
    while (!answer.empty()) {
        const std::string_view row = answer.substr(0, answer.find('\n'));
        answer.remove_prefix(std::min(answer.size(), row.size() + 1));
        area_counters parsed;
        if (!parse_row(row, parsed))
            return failure(errc::answer_malformed, "row " + detail::quoted(row) + " of @stats_print");
        areas.push_back(std::move(parsed));
    }
    return areas;
}

}  // namespace filemap::dm
