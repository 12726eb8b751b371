#include "recovery.hpp"

#include <algorithm>

namespace dmdirtylogd {
namespace {

using dirtylog::region;

// Of those in [first, end).
std::optional<region> highest_wanted(const dirtylog::region_log& log, std::uint64_t first, std::uint64_t end) {
    while (end > first)
        if (log.is_wanted(region{--end})) return region{end};
    return {};
}

}  // namespace

std::optional<region> descending::choose(const dirtylog::region_log& log, region first) {
    const std::uint64_t count = log.regions().count();
    const std::uint64_t end = std::min(search_.value_or(region{count}).value(), count);
    auto found = highest_wanted(log, first.value(), end);
    // One that was suspended begins anew.
    if (!found) found = highest_wanted(log, std::max(first.value(), end), count);
    search_ = found;
    return found;
}

}  // namespace dmdirtylogd
