// An answer to @stats_print.

#include "fuzz/target.hpp"

#include <filemap/dm/counters.hpp>

#include <algorithm>
#include <string>

namespace filemap::test {
namespace {

/// Counters as the kernel writes them, without merges.
std::string in_columns(const dm::area_counters& row) {
    const dm::counters& c = row.counted;
    std::string text = to_string(row.area);
    for (const std::uint64_t column : {c.reads, std::uint64_t{}, c.sectors_read.count(), c.read_time, c.writes,
                                       std::uint64_t{}, c.sectors_written.count(), c.write_time, c.in_flight, c.io_time,
                                       c.weighted_io_time, c.total_read_time, c.total_write_time})
        text.append(" ").append(std::to_string(column));
    for (std::size_t i = 0; i < c.histogram.size(); ++i)
        text.append(i == 0 ? " " : ":").append(std::to_string(c.histogram[i]));
    return text + '\n';
}

/// Compares two texts of counters, except the two columns of merges.
bool is_same_but_for_merges(std::string_view original, std::string_view written) {
    for (std::size_t column = 0; !original.empty() || !written.empty(); ++column) {
        const std::string_view a = take_until(original, ' ');
        const std::string_view b = take_until(written, ' ');
        if (a != b && column != 2 && column != 6) return false;
    }
    return true;
}

void check_lines(std::string_view answer, const std::vector<dm::area_counters>& areas) {
    for (const dm::area_counters& row : areas) {
        require(!answer.empty(), "each row is a line of the answer");
        std::string written = in_columns(row);
        written.pop_back();
        require(is_same_but_for_merges(take_until(answer, '\n'), written), "a row is what its line says");
    }
    require(answer.empty(), "no line is left out");
}

void check_sum(const std::vector<dm::area_counters>& areas) {
    dm::counters sum;
    std::uint64_t reads = 0;
    std::size_t bins = 0;
    for (const dm::area_counters& row : areas) {
        sum += row.counted;
        reads += row.counted.reads;
        bins = std::max(bins, row.counted.histogram.size());
    }
    require(sum.reads == reads && sum.histogram.size() == bins, "a sum holds all that was added");
}

void check(std::string_view answer) {
    const auto areas = dm::parse_counters(answer);
    if (!areas) {
        require(areas.error().code == errc::answer_malformed, "an answer is well or malformed");
        return;
    }
    check_lines(answer, *areas);
    check_sum(*areas);
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
