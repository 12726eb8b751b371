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

/// Which regions of a group may stay when the file's extents have changed.
enum class region_rule {
    /// A region stays if all of it is the file's: growth adds a region for the tail and loses no count.
    cover,
    /// A region stays if it equals an extent (of joined sectors), as upstream's `dmstats update_filemap` has it.
    exact,
};

struct plan_options {
    region_rule rule = region_rule::cover;
    /// Most regions of the group; more are avoided by bridging the smallest gaps and joining neighbours. 0: no limit.
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
 * @brief How a group's regions are to change so that their union is the file's sectors and none overlap.
 * @details Without I/O. Planning again from what an applied plan gives, plans nothing.
 */
struct plan {
    /// Ascending by start, disjoint.
    std::vector<group_region> keep;
    /// Ascending by start, disjoint.
    std::vector<sector_range> create;
    std::vector<group_region> remove;
    /// Sectors that are covered and not the file's, for the sake of `max_regions`.
    sectors bridged;

    [[nodiscard]] bool changes_nothing() const noexcept { return create.empty() && remove.empty(); }
    [[nodiscard]] std::size_t regions() const noexcept { return keep.size() + create.size(); }
};

/// @param sectors_of_file Ascending, disjoint, non-touching (`fs::extent_map::ranges`).
/// @param regions         In any order; foreign overlaps are mended.
[[nodiscard]] FILEMAP_API plan make_plan(std::span<const sector_range> sectors_of_file,
                                         std::span<const group_region> regions, const plan_options& options);

/**
 * @brief What a plan would create, if it is cheap to see that it would remove nothing and bridge nothing. Pure.
 * @details Needs no memory but for what it returns, unlike a plan, which lists every region that it keeps.
 * @param sectors_of_file As of @ref make_plan.
 * @return Without ranges if there is nothing to do. Empty if only a plan can tell: some region may not stay, the
 * regions do not ascend by start, or there would be more than `max_regions`.
 */
[[nodiscard]] FILEMAP_API std::optional<std::vector<sector_range>> growth_of(
    std::span<const sector_range> sectors_of_file, std::span<const group_region> regions, const plan_options& options);

/// The fewest strangers' sectors that leave at most @p most ranges: the most-1 largest gaps stay. @pre most > 0.
[[nodiscard]] FILEMAP_API std::vector<sector_range> bridge_gaps(std::span<const sector_range> ranges, std::size_t most);

/// Steps of carrying out a plan.
namespace step {
/// A region that will be deleted gets the group's mark, so that a restart would know it.
struct tag {
    region_id region;
};
struct create {
    sector_range range;
};
/// The descriptor is written: every region that is kept or created so far, in the lowest of them. Without any, the
/// group is dissolved.
struct publish {};
/// The regions are listed again: what is no longer ours is left alone in the steps that follow.
struct confirm {};
/// What regions have counted is read and kept before they are deleted.
struct carry {
    std::vector<group_region> regions;
};
struct remove {
    group_region region;
};
}  // namespace step

using operation = std::variant<step::tag, step::create, step::publish, step::confirm, step::carry, step::remove>;

/// So many regions are retired at a time.
inline constexpr std::size_t deletion_batch = 64;

/// How many regions are created before they are published; from then on twice as many each time, so that the work stays
/// linear.
inline constexpr std::size_t first_publication = 64;

/**
 * @brief The order of steps in which no reader ever meets a broken group, and a kill between any two leaves nothing
 * that a restart would not find.
 * @param has_group Whether there is a group already; if not, it is published with its first region.
 */
[[nodiscard]] FILEMAP_API std::vector<operation> operations_of(const plan& planned, bool has_group);

/// One line for a person, such as "create 2048+8".
[[nodiscard]] FILEMAP_API std::string describe(const operation& op);

}  // namespace filemap
