#pragma once

#include <dirtylog/region_log.hpp>

#include <optional>

namespace dmdirtylogd {

/// The highest region first.
class descending final : public dirtylog::recovery_policy {
public:
    [[nodiscard]] std::optional<dirtylog::region> choose(const dirtylog::region_log& log,
                                                         dirtylog::region first) override;

private:
    /// None at or above it was wanted last time. It is looked for there when none below is.
    std::optional<dirtylog::region> search_;
};

}  // namespace dmdirtylogd
