#include "counters/region_counters.hpp"

#include <utility>

namespace filemap {

bool are_areas_of(sector_range range, const std::vector<dm::area_counters>& areas) {
    return !areas.empty() && areas.front().area.start == range.start && areas.back().area.start < range.end() &&
           range.end() <= areas.back().area.end();
}

result<std::optional<std::vector<dm::area_counters>>> read_areas(dm::statistics& device, const group_region& region) {
    auto areas = device.print(region.id);
    if (!areas && areas.error().code != boost::system::errc::no_such_file_or_directory) return areas.error();
    std::optional<std::vector<dm::area_counters>> of_region;
    if (areas && are_areas_of(region.range, *areas)) of_region = std::move(*areas);
    return of_region;
}

result<std::optional<dm::counters>> read_region(dm::statistics& device, const group_region& region) {
    const auto areas = read_areas(device, region);
    if (!areas) return areas.error();
    std::optional<dm::counters> sum;
    if (!*areas) return sum;
    sum.emplace();
    for (const dm::area_counters& area : **areas) *sum += area.counted;
    return sum;
}

}  // namespace filemap
