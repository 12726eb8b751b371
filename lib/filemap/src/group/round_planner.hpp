#pragma once

#include "group/group_lookup.hpp"

#include <filemap/dm/region_list.hpp>
#include <filemap/plan.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace filemap {

/// Steps of a round, and the regions that the steps keep and replace.
struct round_plan {
    plan changes;
    /// Steps in crash-safe order, see @ref operations_of. Empty if the group needs no change.
    std::vector<operation> operations;
    /// Existing regions that stay in the group, ascending by id.
    std::vector<group_region> wanted;
    /// Regions of the descriptor that the round deletes, in the order of the plan. An unlisted region may be newer than
    /// the regions beside it, because a killed round may have created it, so it replaces nothing.
    std::vector<group_region> replaced;
    /// Number of unlisted regions that join the group.
    std::size_t adopted = 0;
    /// True if the counting options or the program id differ from the configuration. The round then deletes the group,
    /// and another round creates a new one.
    bool recreates = false;
    /// True if there is neither a group nor a region that could be in one.
    bool is_new_group = false;
};

/**
 * @brief Plans a round from a list of the device's regions. Pure.
 * @param view            The group in @p list.
 * @param list            The list in which @p view was found.
 * @param state           Program id and counting options of the group, until @p view shows them.
 * @param configured      Wanted settings; nullptr: the group's own.
 * @param sectors_of_file Ranges as in `fs::extent_map::ranges`.
 */
[[nodiscard]] round_plan plan_round(const group_view& view, const dm::region_list& list, const group_state& state,
                                    const group_settings* configured, std::span<const sector_range> sectors_of_file,
                                    const plan_options& options);

/// Plans changes from the regions that the group is known to have, without a list. Pure.
[[nodiscard]] plan plan_without_list(const group_state& state, std::span<const sector_range> sectors_of_file,
                                     const plan_options& options);

}  // namespace filemap
