#pragma once

#include "model/bitmap.hpp"
#include "storage/journal.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dirtylog {

/**
 * @brief What may have changed since a checkpoint.
 * @details
 * Each region that was written to since, and each that was being written to, or not yet clean on disk, at the
 * checkpoint. Regions that are not in sync are among them, for writes to them are not told of. Discards are told of
 * nowhere: who needs them must not discard, or take everything.
 */
struct changes {
    /// Nothing is known of the checkpoint, or the state was lost since: the ranges are the whole device.
    bool everything = false;
    /// Ascending, none next to another.
    std::vector<sector_range> ranges;
    sectors total;
};

/// The regions whose bit is 1, as runs of sectors; the last region ends where the device does.
[[nodiscard]] changes changes_from(geometry shape, std::span<const std::uint64_t> changed);
[[nodiscard]] changes all_of(geometry shape);

struct tracking_request {
    enum class kind { begin, forget, changes } what = kind::changes;
    checkpoint_name name;
    /// A copy of what has changed in this epoch; afterwards, with what had before.
    bit_words changed;
    bool everything = false;
    std::function<void(result<changes>)> done;
};

}  // namespace dirtylog
