#pragma once

#include "model/region_log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace dmdirtylogd {

/// Chooses the highest region first.
class descending_order final : public dirtylog::recovery_policy {
public:
    [[nodiscard]] std::optional<dirtylog::region> choose(const dirtylog::region_log& log,
                                                         dirtylog::region first) override;

private:
    /// No region at or above this one was wanted at the last call. Searched again if no lower region is wanted.
    std::optional<dirtylog::region> search_;
};

/// Limits the number of regions per time.
class rate_limited final : public dirtylog::recovery_policy {
public:
    using clock = std::chrono::steady_clock;

    /// @param order nullptr: the lowest region first. @param pause Minimum time between the starts of two regions.
    /// @param early Called with the due time if a region is requested too early. The callee wakes the kernel at that
    /// time.
    rate_limited(std::unique_ptr<dirtylog::recovery_policy> order, clock::duration pause,
                 std::function<void(clock::time_point)> early, std::function<clock::time_point()> now = clock::now);

    [[nodiscard]] std::optional<dirtylog::region> choose(const dirtylog::region_log& log,
                                                         dirtylog::region first) override;

private:
    std::unique_ptr<dirtylog::recovery_policy> order_;
    clock::duration pause_;
    std::function<void(clock::time_point)> early_;
    std::function<clock::time_point()> now_;
    clock::time_point due_{};
};

}  // namespace dmdirtylogd
