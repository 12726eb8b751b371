#pragma once

#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace filemap {

/// Rule for which regions of a group stay when the file's extents have changed.
enum class region_rule {
    /// A region stays if it lies within the file: growth adds a region for the tail and loses no count.
    cover,
    /// A region stays if it equals an extent (of joined sectors), as `dmstats update_filemap` does.
    exact,
};

struct plan_options {
    region_rule rule = region_rule::cover;
    /// Maximum number of regions of the group. The plan stays below it by bridging the smallest gaps and joining
    /// neighbours. 0: no limit.
    std::size_t max_regions = 0;

    friend bool operator==(const plan_options&, const plan_options&) = default;
};

/// A region of a group.
struct group_region {
    region_id id;
    sector_range range;
    friend constexpr auto operator<=>(const group_region&, const group_region&) noexcept = default;
};

/**
 * @brief Changes to a group's regions so that their union is the file's sectors and no two overlap.
 * @details Without I/O. Planning again from the result of an applied plan changes nothing.
 */
struct plan {
    /// Ascending by start, disjoint.
    std::vector<group_region> keep;
    /// Ascending by start, disjoint.
    std::vector<sector_range> create;
    std::vector<group_region> remove;
    /// Sectors that the regions cover although they are not the file's, because of `max_regions`.
    sectors bridged;

    [[nodiscard]] bool changes_nothing() const noexcept { return create.empty() && remove.empty(); }
    [[nodiscard]] std::size_t regions() const noexcept { return keep.size() + create.size(); }
};

/// @param sectors_of_file Ascending, disjoint, non-touching (`fs::extent_map::ranges`).
/// @param regions         In any order; overlaps made by other programs are repaired.
[[nodiscard]] FILEMAP_API plan make_plan(std::span<const sector_range> sectors_of_file,
                                         std::span<const group_region> regions, const plan_options& options);

/**
 * @brief Returns the ranges that a plan would create, if the plan clearly removes and bridges nothing. Pure.
 * @details Allocates only the result. A plan lists every region that it keeps.
 * @param sectors_of_file Ranges as for @ref make_plan.
 * @return No ranges if there is nothing to do. Empty optional if only a plan can decide: some region may not stay, the
 * regions do not ascend by start, or there would be more than `max_regions`.
 */
[[nodiscard]] FILEMAP_API std::optional<std::vector<sector_range>> growth_of(
    std::span<const sector_range> sectors_of_file, std::span<const group_region> regions, const plan_options& options);

/// Bridges the smallest gaps until at most @p most ranges are left. The most-1 largest gaps stay. @pre most > 0.
[[nodiscard]] FILEMAP_API std::vector<sector_range> bridge_gaps(std::span<const sector_range> ranges, std::size_t most);

/// Steps that apply a plan.
namespace step {
/// Writes the owner tag to a region before its deletion, so that a restart recognises the region.
struct tag {
    region_id region;
};
struct create {
    sector_range range;
};
/// Writes the descriptor to the lowest region, listing every region that is kept or created so far. Without any region,
/// deletes the group.
struct publish {};
/// Lists the regions again. The later steps leave regions of other programs alone.
struct confirm {};
/// Reads and stores the counters of regions before their deletion.
struct carry {
    std::vector<group_region> regions;
};
struct remove {
    group_region region;
};
}  // namespace step

using operation = std::variant<step::tag, step::create, step::publish, step::confirm, step::carry, step::remove>;

/// Number of regions whose counters are read and stored together before they are deleted.
inline constexpr std::size_t deletion_batch = 64;

/// Number of regions created before the first publication. Each later publication waits for twice as many, so that the
/// work stays linear.
inline constexpr std::size_t first_publication = 64;

/**
 * @brief Returns the steps of a plan in crash-safe order.
 * @details Readers never meet an invalid group. After a kill between any two steps, a restart finds every region.
 * @param has_group If false, the first step that makes a region is followed by a publication.
 */
[[nodiscard]] FILEMAP_API std::vector<operation> operations_of(const plan& planned, bool has_group);

/// Describes a step in one line, such as "create 2048+8".
[[nodiscard]] FILEMAP_API std::string describe(const operation& op);

}  // namespace filemap
