#include "dm/simulation/region.hpp"

#include <algorithm>
#include <limits>

namespace filemap::dm::detail {
namespace {

// Sizes of the kernel's structures on a 64-bit machine with NR_CPUS of 1 and one CPU (drivers/md/dm-stats.c). Both sums
// were measured: 360 bytes without and 424 with a histogram of three bounds.
constexpr std::uint64_t region_size = 8 + 128;
constexpr std::uint64_t shared_area_size = 120;
constexpr std::uint64_t percpu_area_size = 104;
constexpr std::uint64_t bin_size = 8;
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

void append(std::string& text, std::uint64_t number, char before) {
    text += before;
    text += std::to_string(number);
}

}  // namespace

std::uint64_t region_parameters::areas() const noexcept {
    const std::uint64_t length = range.length.count();
    return length / step + (length % step != 0);
}

bool region_parameters::sizes_overflow() const noexcept {
    const std::uint64_t n = areas();
    return n > (largest - region_size) / shared_area_size || n > largest / (bin_size * (bounds.size() + 1));
}

std::uint64_t region_parameters::memory() const noexcept {
    const std::uint64_t bins = bounds.empty() ? 0 : bounds.size() + 1;
    const std::uint64_t area_size = shared_area_size + percpu_area_size + 2 * bin_size * bins;
    if (areas() > (largest - region_size) / area_size) return largest;
    return region_size + areas() * area_size;
}

simulated_region::simulated_region(region_parameters parameters)
    : parameters_(std::move(parameters)), areas_(parameters_.areas()) {
    if (parameters_.bounds.empty()) return;
    for (counters& area : areas_) area.histogram.resize(parameters_.bounds.size() + 1);
}

void simulated_region::count(io_direction direction, sector_range where, std::uint64_t nanoseconds) {
    const std::uint64_t begin = parameters_.range.start.count();
    const std::uint64_t end = std::min(where.end(), parameters_.range.end()).count();
    std::uint64_t at = std::max(where.start.count(), begin);
    while (at < end) {
        const std::uint64_t area = (at - begin) / parameters_.step;
        const std::uint64_t left = parameters_.step - (at - begin) % parameters_.step;
        const std::uint64_t length = std::min(left, end - at);
        count_in(areas_[area], direction, length, nanoseconds);
        at += length;
    }
}

void simulated_region::count_in(counters& area, io_direction direction, std::uint64_t length,
                                std::uint64_t nanoseconds) const {
    constexpr std::uint64_t nanoseconds_per_millisecond = 1'000'000;
    const std::uint64_t time = parameters_.precise ? nanoseconds : nanoseconds / nanoseconds_per_millisecond;
    switch (direction) {
        case io_direction::read:
            ++area.reads;
            area.sectors_read += sectors{length};
            area.read_time += time;
            area.total_read_time += time;
            break;
        case io_direction::write:
            ++area.writes;
            area.sectors_written += sectors{length};
            area.write_time += time;
            area.total_write_time += time;
            break;
    }
    area.io_time += time;
    area.weighted_io_time += time;
    if (area.histogram.empty()) return;
    const auto bin = std::ranges::upper_bound(parameters_.bounds, time) - parameters_.bounds.begin();
    ++area.histogram[static_cast<std::size_t>(bin)];
}

void simulated_region::append_row(std::string& text) const {
    text += to_string(parameters_.range);
    append(text, parameters_.step, ' ');
    text.append(" ").append(parameters_.program_id).append(" ").append(parameters_.aux);
    if (parameters_.precise) text += " precise_timestamps";
    if (!parameters_.bounds.empty()) text += " histogram";
    for (const std::uint64_t& bound : parameters_.bounds)
        append(text, bound, &bound == parameters_.bounds.data() ? ':' : ',');
    text += '\n';
}

void simulated_region::append_counters(std::string& text, std::uint64_t first, std::uint64_t count) const {
    const auto [begin, end] = existing(first, count);
    for (std::uint64_t i = begin; i < end; ++i) {
        // The kernel prints the step also where the last area is shorter.
        const sectors start{parameters_.range.start.count() + i * parameters_.step};
        text += format_counters({{start, sectors{parameters_.step}}, areas_[i]});
    }
}

void simulated_region::clear(std::uint64_t first, std::uint64_t count) {
    const auto [begin, end] = existing(first, count);
    for (std::uint64_t i = begin; i < end; ++i) {
        counters zero;
        zero.histogram.resize(areas_[i].histogram.size());
        areas_[i] = std::move(zero);
    }
}

simulated_region::area_run simulated_region::existing(std::uint64_t first, std::uint64_t count) const noexcept {
    const std::uint64_t all = areas_.size();
    const std::uint64_t begin = std::min(first, all);
    // A sum that wraps around means all areas, as for the kernel.
    return {begin, count > all - begin ? all : begin + count};
}

}  // namespace filemap::dm::detail
