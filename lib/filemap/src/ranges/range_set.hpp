#pragma once

#include <filemap/units.hpp>

#include <span>
#include <vector>

/// Sets of sectors, as ascending and disjoint ranges. Pure.
namespace filemap::range_sets {

[[nodiscard]] sectors total(std::span<const sector_range> set);

/// Returns the part of the set that lies in a range.
[[nodiscard]] std::vector<sector_range> part_in(std::span<const sector_range> set, sector_range range);

[[nodiscard]] std::vector<sector_range> intersection(std::span<const sector_range> a, std::span<const sector_range> b);
[[nodiscard]] std::vector<sector_range> difference(std::span<const sector_range> from,
                                                   std::span<const sector_range> taken);

/// Adds ranges in any order.
void unite(std::vector<sector_range>& set, std::span<const sector_range> more);

}  // namespace filemap::range_sets
