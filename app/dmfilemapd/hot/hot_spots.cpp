#include "dmfilemapd/hot/hot_spots.hpp"

#include <algorithm>
#include <cmath>

namespace filemap {
namespace {

// Aligns areas with the blocks of file systems.
constexpr std::uint64_t block = 8;

std::uint64_t requests_of(const dm::area_counters& area) {
    return area.counted.reads + area.counted.writes;
}

hot_rate rate_of(std::span<const dm::area_counters> areas, double seconds) {
    hot_rate rate;
    for (const dm::area_counters& area : areas) {
        rate += {static_cast<double>(area.counted.reads) / seconds, static_cast<double>(area.counted.writes) / seconds,
                 static_cast<double>(area.counted.sectors_read.count()) / seconds,
                 static_cast<double>(area.counted.sectors_written.count()) / seconds};
    }
    return rate;
}

bool is_cooler(const hot_spot& a, const hot_spot& b) {
    return a.rate.requests() < b.rate.requests();
}

}  // namespace

hot_rate& hot_rate::operator+=(const hot_rate& other) noexcept {
    reads += other.reads;
    writes += other.writes;
    sectors_read += other.sectors_read;
    sectors_written += other.sectors_written;
    return *this;
}

hot_spots::hot_spots(sectors device, hot_spot_limits limits) : limits_(limits) {
    if (device.count() > 0) candidates_.push_back({{sectors{0}, device}, {}});
}

hot_spots::action hot_spots::begin() {
    return next();
}

sectors hot_spots::step() const noexcept {
    const std::uint64_t fair = (now_.range.length.count() + limits_.areas - 1) / limits_.areas;
    return sectors{std::max((fair + block - 1) / block * block, limits_.smallest.count())};
}

hot_spots::action hot_spots::next() {
    while (!candidates_.empty() && found_.size() < limits_.max_spots) {
        std::ranges::pop_heap(candidates_, is_cooler);
        now_ = candidates_.back();
        candidates_.pop_back();
        const bool is_fine = probes_ > 0 && now_.range.length <= limits_.smallest;
        if (!is_fine && probes_ < limits_.max_probes) {
            ++probes_;
            waits_ = 0;
            return action::probe;
        }
        found_.push_back(now_);
    }
    return action::done;
}

hot_spots::action hot_spots::resume(std::span<const dm::area_counters> counted, std::chrono::duration<double> since) {
    ++waits_;
    std::uint64_t requests = 0;
    for (const dm::area_counters& area : counted) requests += requests_of(area);
    if (requests < limits_.enough && waits_ < limits_.max_waits) return action::wait;
    if (probes_ == 1) all_ = rate_of(counted, since.count());
    if (requests > 0) judge(counted, static_cast<double>(requests), since.count());
    return next();
}

void hot_spots::judge(std::span<const dm::area_counters> counted, double requests, double seconds) {
    const double mean = requests / static_cast<double>(counted.size());
    // Under an even load, one of thousands of areas exceeds this threshold by chance.
    const double stands_out = mean + std::max(mean / 2, 5 * std::sqrt(mean));
    const auto is_hot = [=](const dm::area_counters& area) {
        return static_cast<double>(requests_of(area)) >= stands_out;
    };
    bool any = false;
    for (auto first = std::ranges::find_if(counted, is_hot); first != counted.end();) {
        const auto last = std::find_if_not(first, counted.end(), is_hot);
        // The last area may reach beyond the region.
        const sectors end = std::min((last - 1)->area.end(), now_.range.end());
        const hot_spot part{{first->area.start, end - first->area.start}, rate_of({first, last}, seconds)};
        first = std::find_if(last, counted.end(), is_hot);
        if (part.rate.requests() < min_rate()) continue;
        take(part);
        any = true;
    }
    const hot_spot whole{now_.range, rate_of(counted, seconds)};
    if (!any && whole.rate.requests() >= min_rate()) found_.push_back(whole);
}

void hot_spots::take(const hot_spot& part) {
    // Stops here if the part is nearly the whole range; splitting it would never end.
    if (part.range.length.count() > now_.range.length.count() / 8 * 7) return found_.push_back(part);
    candidates_.push_back(part);
    std::ranges::push_heap(candidates_, is_cooler);
}

std::vector<hot_spot> hot_spots::spots() const {
    std::vector<hot_spot> sorted = found_;
    std::ranges::stable_sort(sorted, [](const hot_spot& a, const hot_spot& b) { return is_cooler(b, a); });
    return sorted;
}

}  // namespace filemap
