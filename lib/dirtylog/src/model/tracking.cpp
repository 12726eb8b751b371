#include "model/tracking.hpp"

namespace dirtylog {

changes changes_from(geometry shape, std::span<const std::uint64_t> changed) {
    changes found;
    const region_count regions = shape.regions();
    const auto bits = [&](std::size_t i) { return changed[i]; };
    const auto gaps = [&](std::size_t i) { return ~changed[i]; };
    for (auto first = find_first(regions, region{0}, bits); first;) {
        const auto after = find_first(regions, *first, gaps);
        const std::uint64_t end = after ? after->value() : regions.count();
        const sectors start{first->value() * shape.region_size.count()};
        const sectors stop = after ? sectors{end * shape.region_size.count()} : shape.length;
        found.ranges.push_back({start, stop - start});
        found.total += stop - start;
        first = after ? find_first(regions, *after, bits) : std::nullopt;
    }
    return found;
}

changes all_of(geometry shape) {
    return {true, {{sectors{0}, shape.length}}, shape.length};
}

}  // namespace dirtylog
