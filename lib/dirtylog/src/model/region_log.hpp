#pragma once

#include "model/bitmap.hpp"

namespace dirtylog {

/**
 * @brief Which region is copied next, and whether one is.
 * @details The hook for another order (ranges first, hot ones first) and for a rate.
 */
class recovery_policy {
public:
    virtual ~recovery_policy() = default;
    /// No allocation. nullopt: none now; the kernel asks again when it wakes up for another reason.
    /// @param log Says with `is_wanted` which may be chosen. @param first The lowest that may.
    [[nodiscard]] virtual std::optional<region> choose(const class region_log& log, region first) = 0;
};

/// Where the bits of a log lie: in memory that outlives the process.
struct live_words {
    std::span<std::uint64_t> clean;
    std::span<std::uint64_t> sync;
    std::span<std::uint64_t> changed;
    /// The region that is being copied, plus 1; 0 for none.
    std::uint64_t* outstanding = nullptr;
};

/**
 * @brief What is known of the regions of one mirror.
 * @details
 * A region is *clean* when nothing is being written to it, and *in sync* when the legs are equal there but for what is
 * being written. One that is not in sync is never clean. It has *changed* when it was dirty at some time since the last
 * checkpoint; so what is dirty has changed. Each request may be repeated at any time and then changes nothing.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class region_log {
public:
    /// Takes the words up as they are; bits that cannot be together are put right, to the dirty side.
    region_log(region_count regions, live_words words);

    [[nodiscard]] region_count regions() const noexcept { return clean_.regions(); }
    [[nodiscard]] bool has(region which) const noexcept { return which.value() < regions().count(); }

    [[nodiscard]] bool is_clean(region which) const noexcept { return clean_.test(which); }
    [[nodiscard]] bool is_in_sync(region which) const noexcept { return sync_.test(which); }
    [[nodiscard]] region_count in_sync() const noexcept { return in_sync_; }
    [[nodiscard]] bool is_all_in_sync() const noexcept { return in_sync_ == regions(); }
    [[nodiscard]] region_count dirty() const noexcept { return regions() - clean_.count(); }

    void mark(region which) noexcept;
    /// Of a region that is not in sync: nothing, for it would be forgotten at the next boot that it is not.
    /// @return Whether it was dirty and is clean.
    bool clear(region which) noexcept;
    void set_sync(region which, bool in_sync) noexcept;

    /// The region to copy. The same one until it is told what became of it.
    [[nodiscard]] std::optional<region> next_work(recovery_policy* policy = nullptr) noexcept;
    [[nodiscard]] std::optional<region> outstanding() const noexcept;
    /// Not in sync, and not given out since the kernel began to ask: one that could not be copied is not tried again.
    [[nodiscard]] bool is_wanted(region which) const noexcept { return !sync_.test(which) && !given_.test(which); }
    /// The mirror was suspended: what was given out is given out again.
    void begin_recovery() noexcept;

    /**
     * @brief What answers "is it being recovered elsewhere": nothing at or above this.
     * @details One below the count as long as something is not in sync. That stops the kernel asking, and holding up
     * writes, for all regions but one; the count itself would stop it asking for work.
     */
    [[nodiscard]] region hint() const noexcept {
        return region{is_all_in_sync() ? regions().count() : regions().count() - 1};
    }

    [[nodiscard]] bitmap clean_bits() const noexcept { return clean_; }
    [[nodiscard]] bitmap sync_bits() const noexcept { return sync_; }
    [[nodiscard]] bitmap changed_bits() const noexcept { return changed_; }

private:
    bitmap clean_;
    bitmap sync_;
    bitmap changed_;
    std::uint64_t* outstanding_;
    bit_words given_words_;
    bitmap given_;
    /// No region below is wanted.
    region search_;
    region_count in_sync_;
};

}  // namespace dirtylog
