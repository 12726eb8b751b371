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

/// What one round did.
struct sync_report {
    /// The regions were listed.
    bool listed = false;
    /// There was a group, and somebody else has removed it. Nothing was changed.
    bool group_removed = false;
    std::size_t created = 0;
    std::size_t removed = 0;
    /// Orphans of an earlier life that were taken into the group.
    std::size_t adopted = 0;
    /// Regions that the plan wants and the group does not have.
    std::size_t missing = 0;
    sectors bridged;
    /// What the group had counted that was not as configured, so that another one was made.
    std::shared_ptr<const dm::counters> replaced_group;
    /// Why retired counts may not outlive this process. The round goes on all the same.
    std::shared_ptr<const failure> not_stored;
    /// The first failure. The group is valid all the same, and a later round mends the rest.
    std::shared_ptr<const failure> error;

    [[nodiscard]] bool complete() const noexcept { return !error && !group_removed; }
    [[nodiscard]] bool changed() const noexcept { return created + removed + adopted > 0; }
};

/// What a file's totals are made of at a moment between two steps: what these regions count, and what is retired.
struct counting_regions {
    /// Ascending.
    std::vector<group_region> regions;
    dm::counters carried;
    /// No round is under way or has failed. Else the totals may be lower than they were, and rise again when it is
    /// done.
    bool settled = false;
    /// How often another group was made, which counts otherwise: then the totals begin again.
    std::uint64_t restarts = 0;
};

/**
 * @brief Brings a group into agreement with a file's sectors, step by step.
 * @details
 * A round is `begin`, then `advance` until it is done. Between any two messages the group is valid for readers, and the
 * regions that are not published yet, or no longer, bear the group's mark, by which the next round (of this process or
 * of another) finds them. Before anything is published or deleted the regions are listed again: what is no longer ours
 * is left alone, and a group that somebody has removed meanwhile is not revived. The kernel knows no message on a
 * condition, so windows remain: a region that another program deletes and replaces between the two messages of reading
 * its counters and of deleting it; and one that it replaces by one of the same range after the list, which may be that
 * of another monitor and a quarter of a second old.
 *
 * A region that lies in those that it replaces counts beside them until they are deleted. What it counted is discarded
 * just before they are read, so that an I/O is counted twice only if it comes in between; `deletion_batch` regions
 * are discarded and read at a time. A new region that reaches beyond those that go at a time is not cleared: its own
 * part would be lost. What a region counts between being read and being deleted is lost with it; if it is still the
 * file's, the region that replaces it has counted it. All this holds over a kill, too.
 *
 * @par Blocking       `begin` and `advance` block in messages to the kernel.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class group_sync {
public:
    using time_point = list_cache::time_point;

    /// @param store For retired counts, or nullptr: they end with this object.
    /// @param lists Shared by all groups of the device, or nullptr.
    group_sync(dm::statistics device, group_state state, plan_options options,
               std::shared_ptr<counter_store> store = nullptr, std::shared_ptr<list_cache> lists = nullptr);
    group_sync(const group_sync&) = delete;
    group_sync& operator=(const group_sync&) = delete;
    /// As `give_up`.
    ~group_sync();
    /// Lets other monitors follow the group, which stays as it is. No round may follow.
    void release_group() noexcept;

    /// From the next round on the group is to be like this, until then it stays what it is: it gets the name, and if
    /// the rest differs it is dissolved within the round, as if the file had no sectors, and made anew.
    void configure(group_settings wanted);
    /// From the next round on.
    void use(const plan_options& options) { options_ = options; }

    /**
     * @brief Infers what was written to the file before regions were there that would have counted it.
     * @param first The map is the first one of this file.
     * @pre The next round is for this map.
     */
    void observe_growth(const fs::extent_map& map, bool first);

    /**
     * @brief Plans a round.
     * @param sectors_of_file As of `fs::extent_map::ranges`.
     * @param confirm_group   Lists the regions even if nothing seems to differ: was the group changed by somebody else?
     * @param requested_at        A list that was begun since, by whichever monitor, tells that nothing is to be done.
     * @param now             Or shortly before.
     */
    void begin(std::span<const sector_range> sectors_of_file, bool confirm_group,
               time_point requested_at = time_point::max(), time_point now = list_cache::clock::now());

    /**
     * @brief Carries out steps of the round for about @p slice, at least one, unless it has to wait.
     * @param stop_requested When it becomes true no more regions are created; what was is published.
     * @param now   Or shortly before.
     * @return Whether the round is done.
     */
    bool advance(std::chrono::nanoseconds slice, const std::atomic<bool>& stop_requested,
                 time_point now = list_cache::clock::now());

    /// When to call `advance` again, that a list may be shared with other monitors, if not at once.
    [[nodiscard]] std::optional<time_point> due() const noexcept { return due_; }
    /// When the round began, or has done a step.
    [[nodiscard]] time_point last_step_at() const noexcept { return last_step_at_; }

    /// Of the present or last round.
    [[nodiscard]] const sync_report& report() const noexcept { return report_; }
    [[nodiscard]] const group_state& state() const noexcept { return state_; }
    /// What deleted and cleared regions had counted, those of earlier lives too: final values, that only grow.
    /// May be called while another thread is in `carry_lost`.
    [[nodiscard]] dm::counters carried() const { return carried_.total(); }
    /// Sectors that were written before regions were there, those of earlier lives too: only grows.
    [[nodiscard]] sectors inferred() const noexcept { return carried_.inferred(); }
    /// Whether another look would infer more, though nothing happened to the file.
    [[nodiscard]] bool growth_unresolved() const noexcept { return growth_.has_unresolved(); }
    /// Whether it is known what the group is, if there is any, and what was counted in earlier lives.
    [[nodiscard]] bool knows_group() const noexcept { return knows_group_; }
    /// No region is counted twice: neither one that is deleted, nor those that replace it.
    [[nodiscard]] counting_regions counting() const;
    /// Retires what another program has taken from the group's regions after it was told. Blocks.
    void carry_lost(const dm::counters& counted) { carried_.add_lost(counted, !state_.id); }
    /// The monitor has ended for good: nothing is kept for a restart. Blocks.
    void forget_carried() noexcept { carried_.forget(); }

    /// Of the present round; 0 between rounds.
    [[nodiscard]] std::size_t steps() const noexcept { return round_ ? round_->operations.size() : 0; }
    [[nodiscard]] std::size_t steps_done() const noexcept { return round_ ? round_->next : 0; }

private:
    struct round {
        std::vector<operation> operations;
        std::size_t next = 0;
        // When it was gone on with, or has done a step.
        time_point now;
        bool may_create = true;
        bool may_remove = false;
        // Regions that the group is to have, ascending by id; those created since the last publication apart.
        std::vector<group_region> wanted;
        std::vector<group_region> created;
        std::vector<region_id> tagged;
        // Numbers in the group's descriptor that were somebody else's when it began.
        std::vector<region_id> reused_ids;
        // What is to be deleted and was found to be ours still.
        std::vector<region_id> removable;
        // The sectors of the file, while the list is waited for by which it is to be planned.
        std::optional<std::vector<sector_range>> unplanned;
        // What is to be covered by a new group when it has dissolved the old one.
        std::optional<std::vector<sector_range>> recovered_later;
    };

    void plan_by_list(std::span<const sector_range> sectors_of_file);
    void grow(const plan& planned);
    [[nodiscard]] bool find_program(time_point requested_at);
    [[nodiscard]] bool counts_otherwise(const group_view& view, const dm::region_list& list) const;
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
    // Until the group is known to be so.
    std::unique_ptr<const group_settings> configured_;
    std::uint64_t restarts_ = 0;
    // The group that no other monitor may follow while we do.
    std::optional<group_id> claimed_;

    std::optional<time_point> due_;
    // A list that was begun since tells of all that this round has done.
    time_point last_step_at_;
    // The last one was, and may be older than its use by as long as others wait for each other.
    bool list_is_shared_ = false;

    sync_report report_;
    // nullptr between rounds.
    std::unique_ptr<round> round_;
    // Regions whose aux_data was a descriptor of this group when the round began.
    std::vector<region_id> leaders_;

    carried_counters carried_;
    growth_estimator growth_;
    // How often a region was not settled for I/O in flight.
    unsigned busy_refreshes_ = 0;
    // Members that the group has given up and that still count.
    std::vector<group_region> leaving_;
    bool knows_group_ = false;
};

}  // namespace filemap
