#include "monitor/counter_reader.hpp"

#include "counters/region_counters.hpp"
#include "dm/parse.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace filemap {
namespace {

constexpr std::uint64_t dm::counters::*numbers[] = {
    &dm::counters::reads,           &dm::counters::read_time,        &dm::counters::writes,
    &dm::counters::write_time,      &dm::counters::io_time,          &dm::counters::weighted_io_time,
    &dm::counters::total_read_time, &dm::counters::total_write_time,
};

// Returns by how much `of` exceeds `in`.
std::uint64_t missing(std::uint64_t of, std::uint64_t in) {
    return of > in ? of - in : 0;
}

dm::counters missing(const dm::counters& of, const dm::counters& in) {
    dm::counters less;
    for (const auto number : numbers) less.*number = missing(of.*number, in.*number);
    less.sectors_read = sectors{missing(of.sectors_read.count(), in.sectors_read.count())};
    less.sectors_written = sectors{missing(of.sectors_written.count(), in.sectors_written.count())};
    less.histogram.resize(of.histogram.size());
    for (std::size_t i = 0; i < of.histogram.size(); ++i)
        less.histogram[i] = missing(of.histogram[i], i < in.histogram.size() ? in.histogram[i] : 0);
    return less;
}

bool is_zero(const dm::counters& counted) {
    return counted == missing(counted, counted);
}

std::vector<std::uint64_t> bounds_of(std::string_view histogram) {
    std::vector<std::uint64_t> bounds;
    while (const auto bound = histogram.empty() ? std::nullopt : dm::detail::take_number(histogram)) {
        bounds.push_back(*bound);
        if (!dm::detail::skip(histogram, ',')) break;
    }
    return bounds;
}

}  // namespace

bool counter_reader::advance(const group_sync& of) {
    if (!of.knows_group()) return fail(make_error_code(boost::system::errc::resource_unavailable_try_again));
    if (!std::exchange(begun_, true)) regions_ = of.counting().regions;
    const std::size_t until = std::min(regions_.size(), counted_.size() + part);
    while (counted_.size() < until) {
        auto counted = read_region(device_, regions_[counted_.size()]);
        if (!counted) return fail(counted.error().code);
        counted_.push_back(*std::move(counted));
    }
    if (until < regions_.size()) return false;
    sum_up(of.counting(), of.state().counting);
    return true;
}

bool counter_reader::fail(error_code why) {
    failed_ = why;
    return true;
}

void counter_reader::sum_up(counting_regions now, const dm::counting_options& options) {
    counters_.unit = options.precise_timestamps ? std::chrono::nanoseconds{1} : std::chrono::milliseconds{1};
    counters_.bounds = bounds_of(options.histogram);
    counters_.carried = std::move(now.carried);
    for (std::size_t i = 0; i < regions_.size(); ++i) {
        if (!counted_[i] || !std::binary_search(now.regions.begin(), now.regions.end(), regions_[i])) continue;
        counters_.live += *counted_[i];
        ++counters_.regions;
    }
    counters_.read_at = std::chrono::system_clock::now();
    settled_ = now.settled;
    restarts_ = now.restarts;
}

std::optional<dm::counters> monotonic_counters::raise(file_counters& read, bool settled, std::uint64_t restarts) {
    if (std::exchange(restarts_, restarts) != restarts) last_.reset();
    dm::counters total = read.total();
    std::optional<dm::counters> lost;
    if (last_) {
        lost = missing(*last_, total);
        read.carried += *lost;
        total += *lost;
        if (!settled || is_zero(*lost)) lost.reset();
    }
    last_ = std::move(total);
    return lost;
}

}  // namespace filemap
