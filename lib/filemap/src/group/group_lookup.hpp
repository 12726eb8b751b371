#pragma once

#include "dm/group_index.hpp"

#include <filemap/config.hpp>
#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/region_list.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/plan.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap {

/// What of a group is configured.
struct group_settings {
    std::string alias_part;
    std::string program_id;
    dm::counting_options counting;
};

/// A group as a monitor knows it. Outlives the group itself: when the file has extents again, the group is made again
/// from this.
struct group_state {
    std::optional<group_id> id;
    std::string program_id{dm::dmstats_program_id};
    std::string alias_part;
    /// The leader's user data as found, kept until that region goes; "-" for none.
    std::string user_data = "-";
    dm::counting_options counting;
    /// aux_data of the regions that this monitor made, and user data of the leader if it has no other: by it a restart
    /// knows them.
    std::string owner_tag;
    /// Ascending by id.
    std::vector<group_region> regions;
};

/// What a list of the device's regions says of a group.
struct group_view {
    /// Empty: there is no such group (any more).
    std::optional<group_id> id;
    /// As found at the leader; empty without a group.
    std::string alias_part;
    std::string user_data = "-";
    dm::counting_options counting;
    /// Ascending by id. Regions that are in the group's descriptor and are not known to be somebody else's.
    std::vector<group_region> regions;
    /// Ascending by id. Regions of our mark that are in no group: left over from a monitor that was killed.
    std::vector<group_region> unlisted_regions;
    /// Regions whose aux_data is the mark already, a subset of members and orphans; ascending by id.
    std::vector<region_id> tagged;
    /// Leaders of descriptors that ours supersedes, left over from a kill while the group changed its leader.
    std::vector<region_id> stale_leaders;
    /// Members of the descriptor whose number is a region of somebody else by now; ascending.
    std::vector<region_id> reused_ids;
    /// Regions that are somebody else's by now and bear our descriptor: it was on its way when the number changed
    /// hands.
    std::vector<region_id> foreign_descriptors;
    /// Members of the descriptor that are gone, or are somebody else's by now.
    std::size_t missing = 0;
};

/**
 * @brief Finds a group in a list. Pure.
 * @details By its id or its mark. When @p known has no members, as after a restart, the mark has precedence, for the id
 * may have changed hands meanwhile; and an id that leads no group any more is followed to the group that lists regions
 * of the mark.
 */
[[nodiscard]] group_view view_group(const group_index& groups, const group_state& known);

/// The mark of a monitor's regions: the same after a restart with the same arguments, and of no other file's monitor.
[[nodiscard]] std::string owner_tag_of(const monitor_config& config, const fs::file_identity& file);

/// Under which program id regions of a mark are listed, if not only under @p own. @param all Of all programs.
[[nodiscard]] std::string other_program_of(const group_index& all, const std::string& owner_tag,
                                           const std::string& own);

/// Whether a user data is some monitor's mark.
[[nodiscard]] bool is_owner_tag(std::string_view user_data) noexcept;

/**
 * @brief Looks up a group that somebody names, whatever its program id.
 * @details A group that bears @p mark is meant, even if another leads the id by now: a monitor that was started with
 * the same arguments has given the group another number, for the id goes with its lowest region. So the id that is
 * returned may differ from the one named. A group that bears no mark, for the region that leads it has user data of its
 * own, is found by its id only.
 * @param mark Of the monitor that is to follow it.
 * @par Errors  `errc::group_not_found` without such a region, `errc::not_a_group` if it has no valid descriptor; what
 * the list gives.
 * @par Blocking One list.
 */
[[nodiscard]] result<group_state> find_group(dm::statistics& device, group_id id, std::string_view owner_tag = {});

}  // namespace filemap
