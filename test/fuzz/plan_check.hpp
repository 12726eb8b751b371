#pragma once

#include <filemap/plan.hpp>

#include <span>

namespace filemap::test {

/// Requires that ranges ascend, are not empty and do not touch each other, as those of a file.
void check_ascending(std::span<const sector_range> all);

/// Plans by both rules and with several limits, and requires what is promised of plans.
/// @param sectors_of_file Ascending, disjoint, non-touching.
/// @param regions         In any order, of distinct ids.
void check_plans(std::span<const sector_range> sectors_of_file, std::span<const group_region> regions);

}  // namespace filemap::test
