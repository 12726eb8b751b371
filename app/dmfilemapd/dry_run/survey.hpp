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

/// A region of the planned group.
struct planned_region {
    /// None for a region that would be created.
    std::optional<filemap::region_id> id;
    filemap::sector_range range;
};

/// A file's extents and the first steps of its monitor.
struct survey {
    std::string path;
    std::vector<filemap::fs::extent> extents;
    filemap::fs::extent_map map;
    filemap::device_id device;
    /// Why the file could not be followed, or its device not be asked for a group; empty if it could.
    std::string obstacle;
    /// The existing group.
    std::optional<filemap::group_id> group;
    /// Name of the existing or planned group.
    std::string alias;
    filemap::plan plan;
    std::vector<filemap::operation> steps;
    /// Kept and created, ascending by start.
    std::vector<planned_region> regions;
};

/// Extents, and the plan against the group if it can be asked for; needs neither device-mapper nor privileges.
/// @throws startup_error without an extent map, or if a group was named and is not there.
[[nodiscard]] survey make_survey(const options& given, const open_file& file);

/// Indexes in `survey::regions` of those that hold sectors of the extent: [first, last).
struct index_range {
    std::size_t first = 0;
    std::size_t last = 0;
};
[[nodiscard]] index_range regions_of(const survey& of, const filemap::fs::extent& extent);

}  // namespace dmfilemapd
