#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/plan.hpp>

#include <optional>
#include <vector>

namespace filemap {

/**
 * @brief Reads the counters of each area of a region.
 * @return Empty if the region no longer exists, even if another program has reused its id.
 * @par Blocking Sends one message.
 */
[[nodiscard]] result<std::optional<std::vector<dm::area_counters>>> read_areas(dm::statistics& device,
                                                                               const group_region& region);

/// Reads the sum of the counters of all areas of a region, as @ref read_areas.
[[nodiscard]] result<std::optional<dm::counters>> read_region(dm::statistics& device, const group_region& region);

/// Returns true if the areas are those of a region with this range. The kernel prints the step as the length of every
/// area, also of the last.
[[nodiscard]] bool are_areas_of(sector_range range, const std::vector<dm::area_counters>& areas);

}  // namespace filemap
