#pragma once

#include "model/region_log.hpp"
#include "storage/journal.hpp"

namespace dirtylog {

/**
 * @brief Which blocks of a log must be written, and what they are to say. Without I/O.
 * @details
 * A region that was marked must be dirty on disk before a FLUSH is answered. One that is clean again stays dirty on
 * disk, so that the next mark costs nothing, until it was idle for a whole round and the caches of the legs were
 * flushed after that: `on_idle`, a flush, `confirm_idle`. A mark between takes it out of the round.
 *
 * One commit at a time: `prepare`, writing, `finish`. What is marked meanwhile goes into the next one.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class commit_plan {
public:
    /// @param dirty What the disk has as dirty, and must not have less of than @p log.
    commit_plan(const region_log& log, bit_words dirty);

    void mark(region which) noexcept;
    /// A region was marked whose mark is not on disk, and not in the commit that is being written either.
    [[nodiscard]] bool has_due() const noexcept { return due_count_ > 0; }

    /// Something is clean and not so on disk.
    [[nodiscard]] bool may_clear(const region_log& log) const noexcept;
    void on_idle(const region_log& log) noexcept;
    [[nodiscard]] bool has_idle() const noexcept;
    void confirm_idle() noexcept;
    [[nodiscard]] bool has_confirmed() const noexcept { return confirmed_any_; }
    /// The mirror is suspended: what is clean is idle.
    void confirm_clean(const region_log& log) noexcept;

    /// @return The groups to write; their bits are in @ref dirty. No allocation.
    std::span<const std::size_t> prepare(const region_log& log) noexcept;
    [[nodiscard]] std::span<const std::uint64_t> dirty(std::size_t group) const noexcept {
        return layout::words_of(std::span<const std::uint64_t>(stored_), group);
    }
    /// @param written If not, either may be on disk: what was, or what was to be.
    void finish(bool written) noexcept;

    /// What is dirty on disk, or will be when the commit is finished.
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
    /// Of the commit.
    std::vector<std::size_t> groups_;
};

}  // namespace dirtylog
