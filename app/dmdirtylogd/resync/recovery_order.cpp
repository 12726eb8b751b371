#include "dmdirtylogd/resync/recovery_order.hpp"

#include <algorithm>
#include <utility>

namespace dmdirtylogd {
namespace {

using dirtylog::region;

// Returns the highest wanted region in [first, end).
std::optional<region> highest_wanted(const dirtylog::region_log& log, std::uint64_t first, std::uint64_t end) {
    while (end > first)
        if (log.is_wanted(region{--end})) return region{end};
    return {};
}

}  // namespace

std::optional<region> descending_order::choose(const dirtylog::region_log& log, region first) {
    const std::uint64_t count = log.regions().count();
    const std::uint64_t end = std::min(search_.value_or(region{count}).value(), count);
    auto found = highest_wanted(log, first.value(), end);
    // Start again at the top, for instance after a suspend.
    if (!found) found = highest_wanted(log, std::max(first.value(), end), count);
    search_ = found;
    return found;
}

rate_limited::rate_limited(std::unique_ptr<dirtylog::recovery_policy> order, clock::duration pause,
                           std::function<void(clock::time_point)> early, std::function<clock::time_point()> now)
    : order_(std::move(order)), pause_(pause), early_(std::move(early)), now_(std::move(now)) {}

std::optional<region> rate_limited::choose(const dirtylog::region_log& log, region first) {
    const auto now = now_();
    if (now < due_) {
        early_(due_);
        return {};
    }
    due_ = now + pause_;
    return order_ ? order_->choose(log, first) : first;
}

}  // namespace dmdirtylogd
