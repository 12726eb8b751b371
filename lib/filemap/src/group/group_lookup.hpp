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

/// Configured settings of a group.
struct group_settings {
    std::string alias_part;
    std::string program_id;
    dm::counting_options counting;
};

/// A group as the monitor knows it. Outlives the group in the kernel, which is recreated from this state when the file
/// has extents again.
struct group_state {
    std::optional<group_id> id;
    std::string program_id{dm::dmstats_program_id};
    std::string alias_part;
    /// User data of the leader as found, kept until that region is deleted; "-" for none.
    std::string user_data = "-";
    dm::counting_options counting;
    /// aux_data of the regions of this monitor, and user data of the leader if it has none. A restart recognises the
    /// regions by this tag.
    std::string owner_tag;
    /// Regions of the group, ascending by id.
    std::vector<group_region> regions;
};

/// State of a group in a list of the device's regions.
struct group_view {
    /// Id of the group; empty if the group does not exist.
    std::optional<group_id> id;
    /// Alias part in the leader's descriptor; empty without a group.
    std::string alias_part;
    std::string user_data = "-";
    dm::counting_options counting;
    /// Regions in the group's descriptor whose ids no other program is known to have reused. Ascending by id.
    std::vector<group_region> regions;
    /// Regions with our owner tag that are in no group, left by a killed monitor. Ascending by id.
    std::vector<group_region> unlisted_regions;
    /// Regions whose aux_data is already the owner tag, a subset of `regions` and `unlisted_regions`. Ascending by id.
    std::vector<region_id> tagged;
    /// Leaders of older descriptors of this group, left by a kill during a change of the leader.
    std::vector<region_id> stale_leaders;
    /// Descriptor members whose region id another program has reused; ascending.
    std::vector<region_id> reused_ids;
    /// Regions of other programs that carry our descriptor, because the id was reused while the descriptor was being
    /// written.
    std::vector<region_id> foreign_descriptors;
    /// Number of descriptor members that no longer exist or whose id another program has reused.
    std::size_t missing = 0;
};

/**
 * @brief Finds a group in a list. Pure.
 * @details Searches by id and by owner tag. If @p known has no regions, as after a restart, the tag has precedence,
 * because another group may have reused the id. If the id no longer leads a group, the function searches for the group
 * that lists regions with the tag.
 */
[[nodiscard]] group_view view_group(const group_index& groups, const group_state& known);

/// Returns the owner tag of a monitor's regions: the same after a restart with the same arguments, and unique to the
/// file.
[[nodiscard]] std::string owner_tag_of(const monitor_config& config, const fs::file_identity& file);

/// Returns another program id than @p own under which regions with the tag are listed. Returns @p own if there is
/// none.
/// @param all The regions of all programs.
[[nodiscard]] std::string other_program_of(const group_index& all, const std::string& owner_tag,
                                           const std::string& own);

/// Returns true if the user data is the owner tag of any monitor.
[[nodiscard]] bool is_owner_tag(std::string_view user_data) noexcept;

/**
 * @brief Finds a group by id or owner tag, with any program id.
 * @details A group with @p owner_tag has precedence, even if another group has the id now. A monitor started with the
 * same arguments may have changed the id, because the id is that of the lowest region. So the returned id may differ
 * from @p id. A group without the tag, because its leader has other user data, is found only by its id.
 * @param owner_tag Tag of the monitor that will use the group.
 * @par Errors  `errc::group_not_found` if the region does not exist, `errc::not_a_group` if it has no valid descriptor;
 * errors of the list.
 * @par Blocking Reads one list.
 */
[[nodiscard]] result<group_state> find_group(dm::statistics& device, group_id id, std::string_view owner_tag = {});

}  // namespace filemap
