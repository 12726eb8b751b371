#pragma once

#include <filemap/dm/statistics.hpp>
#include <filemap/plan.hpp>

#include <optional>
#include <vector>

namespace filemap {

/**
 * @brief What a region has counted in each of its areas.
 * @return Empty if the region is gone, and its number perhaps another program's.
 * @par Blocking One message.
 */
[[nodiscard]] result<std::optional<std::vector<dm::area_counters>>> read_areas(dm::statistics& device,
                                                                               const group_region& region);

/// As @ref read_areas, added up.
[[nodiscard]] result<std::optional<dm::counters>> read_region(dm::statistics& device, const group_region& region);

/// The kernel prints the step as the length of every area, of the last one too.
[[nodiscard]] bool are_areas_of(sector_range range, const std::vector<dm::area_counters>& areas);

}  // namespace filemap
