#pragma once

#include "dmfilemapd/map/file_layout.hpp"

#include <filemap/units.hpp>

#include <optional>
#include <string>

namespace dmfilemapd::control {

/// Extents of a monitored file and regions of its group, at one moment.
struct file_map {
    /// Path as bytes.
    std::string path;
    filemap::device_id device;
    /// Empty while the file has no extents.
    std::optional<filemap::group_id> group;
    filemap::file_layout picture;
    /// Hash of the ids and sectors of the regions; empty if counters were not read. An equal hash means equal regions.
    std::optional<std::uint64_t> hash_of_counted;
};

/// Returns JSON without a line end, as dmfilemapd(8) describes it. Takes milliseconds.
[[nodiscard]] std::string json_of(const file_map& map);

}  // namespace dmfilemapd::control
