#pragma once

#include "model/bitmap.hpp"

namespace dirtylog {

/**
 * @brief Chooses the next region to copy, or none.
 * @details Implementations change the order or limit the rate.
 */
class recovery_policy {
public:
    virtual ~recovery_policy() = default;
    /// Chooses a region. Does not allocate. nullopt: none now; the kernel asks again when it wakes up for another
    /// reason.
    /// @param log Its `is_wanted` tells which regions may be chosen. @param first The lowest region that may be chosen.
    [[nodiscard]] virtual std::optional<region> choose(const class region_log& log, region first) = 0;
};

/// Location of a log's bits, in memory that outlives the process.
struct live_words {
    std::span<std::uint64_t> clean;
    std::span<std::uint64_t> sync;
    std::span<std::uint64_t> changed;
    /// Number of the region that is being copied, plus 1. 0: none.
    std::uint64_t* outstanding = nullptr;
};

/**
 * @brief State of the regions of one mirror.
 * @details
 * A region is *clean* when no write to it is in progress. A region is *in sync* when the legs are equal there, apart
 * from writes in progress. A region that is not in sync is never clean. A region is *changed* if it was dirty at any
 * time since the last checkpoint, so each dirty region is changed. Each request may be repeated at any time without
 * further effect.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class region_log {
public:
    /// Uses the words as found. Contradictory bits are corrected towards dirty.
    region_log(region_count regions, live_words words);

    [[nodiscard]] region_count regions() const noexcept { return clean_.regions(); }
    [[nodiscard]] bool has(region which) const noexcept { return which.value() < regions().count(); }

    [[nodiscard]] bool is_clean(region which) const noexcept { return clean_.test(which); }
    [[nodiscard]] bool is_in_sync(region which) const noexcept { return sync_.test(which); }
    [[nodiscard]] region_count in_sync() const noexcept { return in_sync_; }
    [[nodiscard]] bool is_all_in_sync() const noexcept { return in_sync_ == regions(); }
    [[nodiscard]] region_count dirty() const noexcept { return regions() - clean_.count(); }

    void mark(region which) noexcept;
    /// Clears a region. Does nothing if the region is not in sync: the next boot would take it for in sync.
    /// @return true if the region was dirty and is now clean.
    bool clear(region which) noexcept;
    void set_sync(region which, bool in_sync) noexcept;

    /// Returns the region to copy: the same region until `set_sync` reports its result.
    [[nodiscard]] std::optional<region> next_work(recovery_policy* policy = nullptr) noexcept;
    [[nodiscard]] std::optional<region> outstanding() const noexcept;
    /// Returns true if the region is not in sync and was not issued since recovery began. A region that failed to copy
    /// is not retried.
    [[nodiscard]] bool is_wanted(region which) const noexcept { return !sync_.test(which) && !issued_.test(which); }
    /// Starts recovery again after a suspend: issued regions are issued again.
    void begin_recovery() noexcept;

    /**
     * @brief Answers IS_REMOTE_RECOVERING: no region at or above this one is being recovered elsewhere.
     * @details The region count minus 1 while any region is not in sync. This value stops the kernel from asking, and
     * from delaying writes, for all regions except the last. The count itself would stop the kernel from asking for
     * work.
     */
    [[nodiscard]] region hint() const noexcept {
        return region{is_all_in_sync() ? regions().count() : regions().count() - 1};
    }

    [[nodiscard]] bitmap clean_bits() const noexcept { return clean_; }
    [[nodiscard]] bitmap changed_bits() const noexcept { return changed_; }

private:
    bitmap clean_;
    bitmap sync_;
    bitmap changed_;
    std::uint64_t* outstanding_;
    bit_words issued_words_;
    bitmap issued_;
    /// No region below this one is wanted.
    region search_;
    region_count in_sync_;
};

}  // namespace dirtylog
