#include "dmdirtylogd/resync/recovery_policy.hpp"

#include "dmdirtylogd/resync/recovery_order.hpp"

#include <chrono>
#include <utility>

namespace dmdirtylogd {

std::unique_ptr<dirtylog::recovery_policy> make_recovery_policy(
    const configuration& settings, const dirtylog::geometry& shape,
    const std::function<std::shared_ptr<resync_waker>()>& make_waker) {
    std::unique_ptr<dirtylog::recovery_policy> order;
    if (settings.order == resync_order::descending_order) order = std::make_unique<descending_order>();
    if (settings.rate == 0) return order;
    const double seconds = static_cast<double>(filemap::to_bytes(shape.region_size).count()) /
                           (static_cast<double>(settings.rate) * 1024 * 1024);
    const auto pause =
        std::chrono::duration_cast<rate_limited::clock::duration>(std::chrono::duration<double>(seconds));
    auto waker = make_waker();
    // An earlier process may have refused a region.
    waker->wake_at(rate_limited::clock::now());
    return std::make_unique<rate_limited>(std::move(order), pause,
                                          [waker = std::move(waker)](auto due) { waker->wake_at(due); });
}

}  // namespace dmdirtylogd
