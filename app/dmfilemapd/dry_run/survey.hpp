#pragma once

#include "dmfilemapd/cli/opened_files.hpp"
#include "dmfilemapd/cli/options.hpp"

#include <filemap/fs/extent_map.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Region of the planned group.
struct planned_region {
    /// Empty for a region that would be created.
    std::optional<filemap::region_id> id;
    filemap::sector_range range;
};

/// Extents of a file and the first steps of its monitor.
struct survey {
    std::string path;
    std::vector<filemap::fs::extent> extents;
    filemap::fs::extent_map map;
    filemap::device_id device;
    /// Reason why the file cannot be monitored or its group cannot be read; empty if there is none.
    std::string obstacle;
    /// Id of the existing group.
    std::optional<filemap::group_id> group;
    /// Name of the existing or planned group.
    std::string alias;
    filemap::plan plan;
    std::vector<filemap::operation> steps;
    /// Kept and new regions, ascending by start.
    std::vector<planned_region> regions;
};

/// Reads the extents and, if the group is readable, plans the changes to it. Needs neither device-mapper nor
/// privileges.
/// @throws startup_error if there is no extent map, or if a given group does not exist.
[[nodiscard]] survey make_survey(const options& given, const open_file& file);

/// Indexes [first, last) of the regions in `survey::regions` that hold sectors of an extent.
struct index_range {
    std::size_t first = 0;
    std::size_t last = 0;
};
[[nodiscard]] index_range regions_of(const survey& of, const filemap::fs::extent& extent);

}  // namespace dmfilemapd
