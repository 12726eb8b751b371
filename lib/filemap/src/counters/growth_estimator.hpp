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
 * @brief What of a file was written before the regions were there that would have counted it. Without I/O.
 * @details
 * The I/O that allocates blocks passes before any region can cover them. But a sector that is listed as written, and
 * at the look before was a hole, not allocated yet, or unwritten, has been written at least once in between. Where a
 * region is made of what none covered, so many sectors less those that the kernel counted in it were written before it
 * was there. That is looked at once, at the first look that finds the region, or as soon as nothing more of it
 * async_semaphore written: later overwrites would hide it.
 *
 * A sector counts by its place in the file *and* on the device. Blocks that are moved, by defragmentation, were written
 * at the same place in the file before; those that are listed elsewhere in the file, by inserting a range, lie in
 * regions that were there before; only what is moved both ways
 * at once, or moved as soon as it is written, may count twice. What is shared with other files counts as written
 * before, unless the others go before it is looked at. The first map of a file adds nothing. When in doubt the figure
 * is too low: of a block that is rewritten before its region is there, one write is told.
 *
 * Each look is told by @ref look, and then, once it is known, by @ref plan what regions will be made.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class growth_estimator {
public:
    /**
     * @brief The file was mapped.
     * @param written As of `fs::extent_map::written`.
     * @param regions Of the group when it was mapped, in any order.
     * @param first   It is the first map of this file.
     * @return Regions whose counters are to be read now, and given to @ref settle.
     */
    [[nodiscard]] std::vector<group_region> observe(std::span<const fs::written_piece> written,
                                                    std::span<const group_region> regions, bool first);

    void plan(const filemap::plan& planned);

    /// Nothing more is to be told of a region. @param counted Sectors that the kernel counted as written in it.
    /// @return How many were written in it before it was there.
    [[nodiscard]] sectors resolve(sector_range region, sectors counted);

    /// Whether another look would tell more, though nothing happened to the file.
    [[nodiscard]] bool has_unresolved() const noexcept { return !newly_written_.empty(); }

    /// More regions are not to be settled after one look: reading their counters takes time.
    static constexpr std::size_t max_resolved = 256;

private:
    // Of the file, as of the last map: in sectors of the file.
    compact_ranges written_;
    bool first_ = true;
    // What was found to be written since regions were planned there, and what no region had covered before. On the
    // device; forgotten when it is settled.
    std::vector<sector_range> newly_written_;
    std::vector<sector_range> uncovered_;
};

}  // namespace filemap
