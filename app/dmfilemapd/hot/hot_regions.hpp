#pragma once

#include "dmfilemapd/hot/hot_spots.hpp"

#include <filemap/dm/statistics.hpp>
#include <filemap/units.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Kernel and system calls of a hot-spot scan. All calls block and throw startup_error.
namespace dmfilemapd {

/// Program id of temporary regions only. If no scan runs, a region with this id is left over from a killed process.
inline constexpr std::string_view hot_program_id = "dmfilemapd-hot";

struct dm_device {
    filemap::device_id id;
    filemap::sectors size;
};

/// @param node Path of a device node.
[[nodiscard]] dm_device find_dm_device(const std::string& node);
[[nodiscard]] std::vector<filemap::device_id> list_dm_devices();

[[nodiscard]] filemap::region_id make_hot_region(filemap::dm::statistics& device, filemap::sector_range range,
                                                 filemap::sectors step);
/// Removes the temporary regions of all scans.
void remove_hot_regions(filemap::dm::statistics& device);

/// Number of sectors of a range in the regions of each group.
using sectors_of_groups = std::map<filemap::group_id, filemap::sectors>;
/// Returns the groups and their sectors for each spot.
[[nodiscard]] std::vector<sectors_of_groups> groups_at(filemap::dm::statistics& device,
                                                       std::span<const filemap::hot_spot> spots);

}  // namespace dmfilemapd
