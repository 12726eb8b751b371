#pragma once

#include "model/bitmap.hpp"
#include "storage/journal.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dirtylog {

/**
 * @brief Ranges that may have changed since a checkpoint.
 * @details
 * Contains each region that was written to since the checkpoint, and each region that was not clean on disk at the
 * checkpoint. Regions that are not in sync are included, since the kernel does not report writes to them. The kernel
 * does not report discards: a client that needs discards must not discard, or must take everything.
 */
struct changes {
    /// The checkpoint is unknown or its state was lost: the ranges are the whole device.
    bool everything = false;
    /// Ascending and not adjacent.
    std::vector<sector_range> ranges;
    sectors total;
};

/// Returns the regions whose bit is 1 as runs of sectors. The last region ends at the end of the device.
[[nodiscard]] changes changes_from(geometry shape, std::span<const std::uint64_t> changed);
[[nodiscard]] changes all_of(geometry shape);

struct tracking_request {
    enum class kind { begin, forget, changes } what = kind::changes;
    checkpoint_name name;
    /// Copy of the epoch's changed bits; after the job also the changes of earlier epochs.
    bit_words changed;
    bool everything = false;
    std::function<void(result<changes>)> done;
};

}  // namespace dirtylog
