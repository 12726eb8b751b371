#pragma once

#include "model/region_log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace dmdirtylogd {

/// The highest region first.
class descending_order final : public dirtylog::recovery_policy {
public:
    [[nodiscard]] std::optional<dirtylog::region> choose(const dirtylog::region_log& log,
                                                         dirtylog::region first) override;

private:
    /// None at or above it was wanted last time. It is looked for there when none below is.
    std::optional<dirtylog::region> search_;
};

/// Not more than so much in a time.
class rate_limited final : public dirtylog::recovery_policy {
public:
    using clock = std::chrono::steady_clock;

    /// @param order nullptr: the lowest first. @param pause Between the beginnings of two regions.
    /// @param early Told, when a region is asked for too early, when it is due: who was refused has to be woken then.
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
