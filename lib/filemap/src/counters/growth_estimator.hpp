#pragma once

#include "ranges/compact_ranges.hpp"

#include <filemap/fs/extent_map.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace filemap {

/**
 * @brief Estimates the sectors written to a file before a region covered them. Without I/O.
 * @details
 * The I/O that allocates blocks passes before any region can cover them. A sector listed as written that was a hole,
 * unallocated or unwritten at the previous refresh has been written at least once since. If a new region covers sectors
 * that no region covered before, its newly written sectors minus the sectors that the kernel counted were written
 * before the region existed. A region is resolved once, because later overwrites hide the difference: at the first
 * refresh that finds the whole region written, or as soon as nothing more of it becomes written.
 *
 * A sector is identified by its offset in the file and on the device. Blocks moved by defragmentation were written at
 * the same file offset before. Blocks moved within the file, by inserting a range, lie in existing regions. Only blocks
 * that move in both ways at once, or that move as soon as they are written, may count twice. Blocks shared with other
 * files count as written before, unless the other files disappear before the refresh. The first map of a file adds
 * nothing. The estimate is a lower bound: for a block that is rewritten before its region exists, one write is counted.
 *
 * Each refresh calls @ref observe, and then @ref plan with the regions to be made.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class growth_estimator {
public:
    /**
     * @brief Compares a new map of the file with the previous one.
     * @param written Written pieces, as in `fs::extent_map::written`.
     * @param regions Regions of the group at the time of the map, in any order.
     * @param first   True for the first map of this file.
     * @return Regions whose counters the caller reads now and passes to @ref resolve.
     */
    [[nodiscard]] std::vector<group_region> observe(std::span<const fs::written_piece> written,
                                                    std::span<const group_region> regions, bool first);

    void plan(const filemap::plan& planned);

    /// Resolves a region. @param counted Sectors that the kernel counted as written in the region.
    /// @return Sectors written in the region before it existed.
    [[nodiscard]] sectors resolve(sector_range region, sectors counted);

    /// Returns true if another refresh may add to the estimate, even if the file does not change.
    [[nodiscard]] bool has_unresolved() const noexcept { return !newly_written_.empty(); }

    /// Maximum number of regions to resolve per refresh, because reading their counters takes time.
    static constexpr std::size_t max_resolved = 256;

private:
    // Written ranges of the last map, in sectors of the file.
    compact_ranges written_;
    bool first_ = true;
    // Sectors found written since regions were planned there, and sectors that no region had covered before. On the
    // device; erased when resolved.
    std::vector<sector_range> newly_written_;
    std::vector<sector_range> uncovered_;
};

}  // namespace filemap
