#pragma once

#include <filemap/fs/extent_map.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

/// Layout of a file's extents beside the regions of its group. Its size does not depend on the number of extents. No
/// input or output here.
namespace filemap {

/// Counters of a run of sectors: a whole region or one of its areas.
struct counted_range {
    sector_range range;
    sectors read;
    sectors written;
};

/// Limits of the layout's detail.
struct layout_limits {
    /// Limit of cells per bar.
    std::size_t cells = 1024;
    /// Limit of runs in the list of extents.
    std::size_t runs = 64;
};

/// Cell of a bar. The counters of a range are spread evenly over its cells.
struct layout_cell {
    /// Bytes of the file inside a region.
    bytes mapped;
    /// Addressable bytes of the file outside all regions.
    bytes missing;
    /// Along the file: bytes without an address on the device. Along the device: bytes of regions outside the file.
    bytes other;
    /// Along the file: device offset of the cell's first byte with an address.
    std::optional<sectors> place{};
    bytes read;
    bytes written;
};

/// Bar of equal cells. The last cell may be shorter.
struct layout_bar {
    bytes begin;
    bytes end;
    bytes cell;
    std::vector<layout_cell> cells;
};

/// Run of neighbouring extents, in logical order. If there are few extents, each run has one.
struct layout_run {
    bytes logical;
    /// End of the last extent in the file.
    bytes end;
    std::size_t extents = 0;
    /// Total length of the extents.
    bytes length;
    /// Range from the lowest sector to the highest; empty if no extent has an address.
    std::optional<sector_range> on_device{};
    /// FIEMAP_EXTENT_* flags of all extents, combined.
    std::uint32_t flags = 0;
    /// Number of regions that hold sectors of the run. A region with sectors of two extents counts once for each.
    std::size_t regions = 0;
    bytes missing;
    bytes unmapped;
};

/// Number of extents by their position relative to the previous extent of the file.
struct extent_order {
    std::size_t follow_on = 0;
    std::size_t forward = 0;
    std::size_t backward = 0;

    friend bool operator==(const extent_order&, const extent_order&) = default;
};

struct file_layout {
    /// Size of the file, or the end of its last extent if that is greater.
    bytes size;
    std::size_t extents = 0;
    bytes allocated;
    bytes largest;
    extent_order order;
    std::size_t regions = 0;
    bytes mapped;
    bytes missing;
    bytes shared;
    bytes unwritten;
    /// Sectors of other files in the regions, and the number of their runs.
    bytes bridged;
    std::size_t gaps = 0;
    std::map<fs::unaddressable_reason, bytes> unmapped;
    /// Counters of all regions.
    bytes read;
    bytes written;
    layout_bar along_file;
    /// Bar from the first sector of file or group to the last.
    layout_bar along_device;
    std::vector<layout_run> runs;
};

/**
 * @brief Makes the layout of a file.
 * @param extents In logical order, from `fs::read_extents`.
 * @param regions Regions of the group, in any order.
 * @param counted Counters of the areas; empty if not requested.
 */
[[nodiscard]] file_layout make_layout(std::span<const fs::extent> extents, std::vector<sector_range> regions,
                                      std::span<const counted_range> counted, bytes size,
                                      const layout_limits& limits = {});

}  // namespace filemap
