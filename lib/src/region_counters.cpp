#include <filemap/region_counters.hpp>

namespace filemap {

bool are_areas_of(sector_range range, const std::vector<dm::area_counters>& areas) {
    return !areas.empty() && areas.front().area.start == range.start && areas.back().area.start < range.end() &&
           range.end() <= areas.back().area.end();
}

result<std::optional<dm::counters>> read_region(dm::statistics& device, const member& region) {
    const auto areas = device.print(region.id);
    if (!areas && areas.error().code != boost::system::errc::no_such_file_or_directory) return areas.error();
    std::optional<dm::counters> sum;
    if (!areas || !are_areas_of(region.range, *areas)) return sum;
    sum.emplace();
    for (const dm::area_counters& area : *areas) *sum += area.counted;
    return sum;
}

}  // namespace filemap
