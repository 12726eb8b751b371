#pragma once

#include "dmfilemapd/map/file_layout.hpp"

#include <filemap/units.hpp>

#include <optional>
#include <string>

namespace dmfilemapd::control {

/// A followed file's extents beside the regions of its group, at one moment.
struct file_map {
    /// Bytes.
    std::string path;
    filemap::device_id device;
    /// None while the file has no extents.
    std::optional<filemap::group_id> group;
    filemap::file_layout picture;
    /// Hash of the ids and sectors of the regions, if counters were read: while the hash stays the same, so do the
    /// regions.
    std::optional<std::uint64_t> hash_of_counted;
};

/// JSON without a line end, as dmfilemapd(8) describes it. Takes milliseconds.
[[nodiscard]] std::string json_of(const file_map& map);

}  // namespace dmfilemapd::control
