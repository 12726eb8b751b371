#pragma once

#include "counters/carried_counters.hpp"
#include "counters/growth_estimator.hpp"
#include "group/group_lookup.hpp"
#include "group/list_cache.hpp"

#include <filemap/dm/counters.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/plan.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace filemap {

/// Result of one round.
struct sync_report {
    /// True if the round listed the regions.
    bool listed = false;
    /// Another program has deleted the group. The round changed nothing.
    bool group_removed = false;
    std::size_t created = 0;
    std::size_t removed = 0;
    /// Number of unlisted regions of an earlier process that joined the group.
    std::size_t adopted = 0;
    /// Number of regions of the plan that the group does not have.
    std::size_t missing = 0;
    sectors bridged;
    /// Counts of a group whose counting options differed from the configuration, so that the round replaced it.
    std::shared_ptr<const dm::counters> replaced_group;
    /// Failure to store the carried counters, which may be lost when the process ends. The round continues.
    std::shared_ptr<const failure> not_stored;
    /// First failure of the round. The group stays valid, and a later round repairs the rest.
    std::shared_ptr<const failure> error;

    [[nodiscard]] bool complete() const noexcept { return !error && !group_removed; }
    [[nodiscard]] bool changed() const noexcept { return created + removed + adopted > 0; }
};

/// Regions and carried counters that make up a file's totals, between two steps of a round.
struct counting_regions {
    /// Regions to count, ascending by id.
    std::vector<group_region> regions;
    dm::counters carried;
    /// True if no round is running or has failed. If false, the totals may drop until the round is complete.
    bool settled = false;
    /// Number of times that a group with other counting options was made; the totals restart each time.
    std::uint64_t restarts = 0;
};

/**
 * @brief Synchronises a group with a file's sectors, step by step.
 * @details
 * A round is `begin`, then `advance` until it returns true. Between any two messages the group is valid for readers.
 * Regions not yet published, or no longer published, have the group's owner tag, by which the next round (of this
 * process or of another) finds them. The regions are listed again before anything is published or deleted. Regions of
 * other programs stay unchanged, and a group that another program has deleted is not recreated.
 *
 * The kernel has no conditional messages, so two windows remain. Another program may delete and replace a region
 * between the messages that read its counters and delete it. Another program may replace a region by one with the same
 * range after the list, which may come from another monitor and be a quarter of a second old.
 *
 * A new region that lies within the regions it replaces counts beside them until their deletion. Its counters are
 * cleared just before the old counters are read, so an I/O counts twice only in between. `deletion_batch` regions are
 * cleared and read together. A new region that is larger than the batch to be deleted is not cleared, because its own
 * counts would be lost. Counts between reading and deleting a region are lost with the region; if the sectors still
 * belong to the file, the replacement has counted the I/O. All this also holds across a kill.
 *
 * @par Blocking       `begin` and `advance` block in messages to the kernel.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class group_sync {
public:
    using time_point = list_cache::time_point;

    /// @param store Store for carried counters. nullptr: the counters end with this object.
    /// @param lists Cache shared by all groups of the device, or nullptr.
    group_sync(dm::statistics device, group_state state, plan_options options,
               std::shared_ptr<counter_store> store = nullptr, std::shared_ptr<list_cache> lists = nullptr);
    group_sync(const group_sync&) = delete;
    group_sync& operator=(const group_sync&) = delete;
    /// Calls @ref release_group.
    ~group_sync();
    /// Releases the claim, so that other monitors can use the group. The group stays unchanged. No round may follow.
    void release_group() noexcept;

    /// Sets the configuration from the next round on. The group is renamed if only the name differs. If other settings
    /// differ, the round deletes the group, as if the file had no sectors, and recreates it.
    void configure(group_settings wanted);
    /// Sets the plan options from the next round on.
    void use(const plan_options& options) { options_ = options; }

    /**
     * @brief Estimates the sectors written before regions covered them.
     * @param first True for the first map of this file.
     * @pre The next round is for this map.
     */
    void observe_growth(const fs::extent_map& map, bool first);

    /**
     * @brief Plans a round.
     * @param sectors_of_file Ranges as in `fs::extent_map::ranges`.
     * @param confirm_group   Lists the regions even without a difference, to detect changes by other programs.
     * @param requested_at    A list started later, by any monitor, confirms that nothing has to be done.
     * @param now             The current time, or shortly before.
     */
    void begin(std::span<const sector_range> sectors_of_file, bool confirm_group,
               time_point requested_at = time_point::max(), time_point now = list_cache::clock::now());

    /**
     * @brief Performs steps of the round for about @p slice, at least one, unless the round has to wait.
     * @param stop_requested If true, creates no more regions and publishes the existing ones.
     * @param now            The current time, or shortly before.
     * @return True if the round is complete.
     */
    bool advance(std::chrono::nanoseconds slice, const std::atomic<bool>& stop_requested,
                 time_point now = list_cache::clock::now());

    /// Returns when to call `advance` again to share a list with other monitors; empty: at once.
    [[nodiscard]] std::optional<time_point> due() const noexcept { return due_; }
    /// Returns the time of the last step, or of the start of the round.
    [[nodiscard]] time_point last_step_at() const noexcept { return last_step_at_; }

    /// Returns the report of the current or last round.
    [[nodiscard]] const sync_report& report() const noexcept { return report_; }
    [[nodiscard]] const group_state& state() const noexcept { return state_; }
    /// Returns the counts of deleted and cleared regions, including earlier processes; monotonic.
    /// May be called while another thread is in `carry_lost`.
    [[nodiscard]] dm::counters carried() const { return carried_.total(); }
    /// Returns the sectors written before regions covered them, including earlier processes; monotonic.
    [[nodiscard]] sectors inferred() const noexcept { return carried_.inferred(); }
    /// Returns true if another refresh may raise the estimate, even if the file does not change.
    [[nodiscard]] bool growth_unresolved() const noexcept { return growth_.has_unresolved(); }
    /// Returns true if the group (or its absence) and the carried counters are known.
    [[nodiscard]] bool knows_group() const noexcept { return knows_group_; }
    /// Returns the regions to count now. A deleted region and its replacement are never both included.
    [[nodiscard]] counting_regions counting() const;
    /// Adds counts that readers have seen and that another program has removed from the regions. Blocks.
    void carry_lost(const dm::counters& counted) { carried_.add_lost(counted, !state_.id); }
    /// Deletes the stored counters, because no later monitor can continue with them. Blocks.
    void forget_carried() noexcept { carried_.forget(); }

    /// Returns the number of steps of the current round; 0 between rounds.
    [[nodiscard]] std::size_t steps() const noexcept { return round_ ? round_->operations.size() : 0; }
    [[nodiscard]] std::size_t steps_done() const noexcept { return round_ ? round_->next : 0; }

private:
    struct round {
        std::vector<operation> operations;
        std::size_t next = 0;
        // Time of the last step, or of the last call of `advance`.
        time_point now;
        bool may_create = true;
        bool may_remove = false;
        // Regions that the group will have, ascending by id. Regions created since the last publication are in
        // `created`.
        std::vector<group_region> wanted;
        std::vector<group_region> created;
        std::vector<region_id> tagged;
        // Ids in the descriptor that other programs had reused when the round began.
        std::vector<region_id> reused_ids;
        // Regions to delete that still belong to this group.
        std::vector<region_id> removable;
        // The file's sectors, while the round waits for the list to plan with.
        std::optional<std::vector<sector_range>> unplanned;
        // Sectors that a new group will cover after the deletion of the old one.
        std::optional<std::vector<sector_range>> recovered_later;
    };

    void plan_by_list(std::span<const sector_range> sectors_of_file);
    void grow(const plan& planned);
    [[nodiscard]] bool find_program(time_point requested_at);
    [[nodiscard]] bool recreate();
    bool plan_by(const group_index& groups, std::span<const sector_range> sectors_of_file, bool may_act);
    void take_over(group_view view);
    void find_leaving();
    void set_members(std::vector<group_region> members);
    [[nodiscard]] bool claim(group_id id);
    void leave_to_the_remover(const group_view& view);
    [[nodiscard]] bool waits_for_list();
    [[nodiscard]] result<std::shared_ptr<const group_index>> list_since_last_step();
    void abandon_round() noexcept { round_->next = round_->operations.size(); }
    void fail(failure failed);
    void perform(const step::tag& step);
    void perform(const step::create& step);
    void perform(const step::publish& step);
    void perform(const step::confirm& step);
    void perform(const step::carry& step);
    void perform(const step::remove& step);
    void merge_created();
    [[nodiscard]] bool has_additions(const group_view& view) const;
    void drop_lost(const group_view& view);
    [[nodiscard]] result<void> restore_carried(const group_view& view, const dm::region_list& list);
    [[nodiscard]] std::optional<dm::counters> counted_by(const group_region& region);
    [[nodiscard]] result<void> remove_region(const group_region& region);
    [[nodiscard]] bool is_replaced(const group_region& region) const;
    void discard_what_both_count(const std::vector<sector_range>& older);
    void forget_round();
    [[nodiscard]] bool fits_a_row() const;
    [[nodiscard]] bool shrink_to_row();
    [[nodiscard]] bool is_wanted(region_id id) const;
    [[nodiscard]] bool put_in_lead(region_id leader, const group_view& view);
    [[nodiscard]] bool write_descriptor(region_id leader, const std::vector<group_region>& members);
    [[nodiscard]] bool strip(const std::vector<region_id>& leaders);
    [[nodiscard]] dm::group_descriptor descriptor_of(const std::vector<group_region>& members) const;

    dm::statistics device_;
    std::shared_ptr<list_cache> lists_;
    group_state state_;
    plan_options options_;
    // Wanted settings, until the group is known to have them.
    std::unique_ptr<const group_settings> configured_;
    std::uint64_t restarts_ = 0;
    // Group that this process has claimed.
    std::optional<group_id> claimed_;

    std::optional<time_point> due_;
    // A list started after this time includes all changes of this round.
    time_point last_step_at_;
    // True if the last list came from another monitor. The list may be older than the last step of this round.
    bool list_is_shared_ = false;

    sync_report report_;
    // nullptr between rounds.
    std::unique_ptr<round> round_;
    // Regions whose aux_data was a descriptor of this group at the start of the round.
    std::vector<region_id> leaders_;

    carried_counters carried_;
    growth_estimator growth_;
    // Number of refreshes that skipped a region because of I/O in flight.
    unsigned busy_refreshes_ = 0;
    // Regions that have left the group and still count.
    std::vector<group_region> leaving_;
    bool knows_group_ = false;
};

}  // namespace filemap
