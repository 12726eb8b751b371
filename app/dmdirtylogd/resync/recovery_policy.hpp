#pragma once

#include "dmdirtylogd/config/configuration.hpp"
#include "dmdirtylogd/resync/resync_waker.hpp"
#include "model/region_log.hpp"

#include <functional>
#include <memory>

namespace dmdirtylogd {

/// Returns the rate limit and order of a mirror's recovery. nullptr: no limit, the lowest region first.
[[nodiscard]] std::unique_ptr<dirtylog::recovery_policy> make_recovery_policy(
    const configuration& settings, const dirtylog::geometry& shape,
    const std::function<std::shared_ptr<resync_waker>()>& make_waker);

}  // namespace dmdirtylogd
