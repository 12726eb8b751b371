#pragma once

#include "model/region_log.hpp"
#include "storage/journal.hpp"

namespace dirtylog {

/**
 * @brief Selects the blocks of a log to write, and their content. Without I/O.
 * @details
 * A marked region must be dirty on disk before a FLUSH is answered. A region that is clean again stays dirty on disk,
 * so that its next mark needs no write. The region becomes clean on disk after an idle round and a flush of the legs:
 * `on_idle`, a flush, `confirm_idle`. A mark in between removes the region from the round.
 *
 * One commit runs at a time: `prepare`, write, `finish`. Marks made during a commit belong to the next one.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class commit_plan {
public:
    /// @param dirty Regions that are dirty on disk. Must include every dirty region of @p log.
    commit_plan(const region_log& log, bit_words dirty);

    void mark(region which) noexcept;
    /// Returns true if a mark is neither on disk nor in the commit that is being written.
    [[nodiscard]] bool has_due() const noexcept { return due_count_ > 0; }

    /// Returns true if a clean region is still dirty on disk.
    [[nodiscard]] bool may_clear(const region_log& log) const noexcept;
    void on_idle(const region_log& log) noexcept;
    [[nodiscard]] bool has_idle() const noexcept;
    void confirm_idle() noexcept;
    /// Confirms all clean regions. A suspended mirror writes nothing, so each clean region is idle.
    void confirm_clean(const region_log& log) noexcept;

    /// @return The groups to write. Their bits are in @ref dirty. Does not allocate.
    std::span<const std::size_t> prepare(const region_log& log) noexcept;
    [[nodiscard]] std::span<const std::uint64_t> dirty(std::size_t group) const noexcept {
        return layout::words_of(std::span<const std::uint64_t>(stored_), group);
    }
    /// @param written false: the disk may hold the old or the new bits.
    void finish(bool written) noexcept;

    /// Regions that are dirty on disk, or will be after the current commit.
    [[nodiscard]] std::span<const std::uint64_t> stored() const noexcept { return stored_; }

private:
    void make_due(std::size_t group) noexcept;

    region_count regions_;
    bit_words stored_;
    bit_words before_;
    bit_words idle_;
    bit_words confirmed_;
    bool confirmed_any_ = false;
    std::vector<bool> due_;
    std::size_t due_count_ = 0;
    /// Groups of the current commit.
    std::vector<std::size_t> groups_;
};

}  // namespace dirtylog
