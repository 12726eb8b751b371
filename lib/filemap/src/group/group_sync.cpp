#include "group/group_sync.hpp"

#include "group/region_ids.hpp"
#include "group/round_planner.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace filemap {
namespace {

// Maximum age of a list of another monitor. The regions have hardly changed since then.
constexpr std::chrono::milliseconds oldest_list{250};

bool is_by_list(const operation& step) {
    return std::holds_alternative<step::publish>(step) || std::holds_alternative<step::confirm>(step);
}

// Frees the memory; assigning {} would keep it.
template <class Vector>
void release_memory(Vector& vector) {
    vector = Vector();
}

}  // namespace

group_sync::group_sync(dm::statistics device, group_state state, plan_options options,
                       std::shared_ptr<counter_store> store, std::shared_ptr<list_cache> lists)
    : device_(device),
      lists_(lists ? std::move(lists) : std::make_shared<list_cache>()),
      state_(std::move(state)),
      options_(options),
      carried_(std::move(store)) {}

group_sync::~group_sync() {
    release_group();
}

void group_sync::release_group() noexcept {
    if (claimed_) device_.release(*claimed_);
    claimed_.reset();
}

void group_sync::configure(group_settings wanted) {
    configured_ = std::make_unique<const group_settings>(std::move(wanted));
}

void group_sync::begin(std::span<const sector_range> sectors_of_file, bool confirm_group, time_point requested_at,
                       time_point now) {
    report_ = {};
    round_ = std::make_unique<round>();
    round_->now = last_step_at_ = now;

    const plan planned = plan_without_list(state_, sectors_of_file, options_);
    report_.bridged = planned.bridged;
    // The list shows the differences from the configuration.
    confirm_group = confirm_group || configured_;
    if (planned.changes_nothing() && !confirm_group) return growth_.plan(planned);
    if (state_.id && planned.remove.empty() && !confirm_group) return grow(planned);

    report_.listed = true;
    if (configured_ && !find_program(requested_at)) return;
    const auto shared = lists_->find(state_.program_id, requested_at);
    if (shared && plan_by(*shared, sectors_of_file, false)) return;
    if (waits_for_list()) {
        round_->unplanned.emplace(sectors_of_file.begin(), sectors_of_file.end());
    } else {
        plan_by_list(sectors_of_file);
    }
}

void group_sync::plan_by_list(std::span<const sector_range> sectors_of_file) {
    const auto groups = list_since_last_step();
    if (!groups) return fail(groups.error());
    plan_by(**groups, sectors_of_file, true);
}

// Finds the program id of the group, which may differ from the configured one.
bool group_sync::find_program(time_point requested_at) {
    auto all = lists_->find({}, requested_at);
    if (!all) {
        auto read = lists_->read(device_, {});
        if (!read) return fail(read.error()), false;
        all = std::move(*read);
    }
    state_.program_id = other_program_of(*all, state_.owner_tag, configured_->program_id);
    return true;
}

// Returns true if other monitors of the device will soon want a list too, and no list includes all changes of this
// round.
bool group_sync::waits_for_list() {
    due_ = lists_->due();
    if (round_->now < *due_ && !lists_->find(state_.program_id, std::max(last_step_at_, round_->now - oldest_list)))
        return true;
    due_.reset();
    return false;
}

result<std::shared_ptr<const group_index>> group_sync::list_since_last_step() {
    auto shared = lists_->find(state_.program_id, std::max(last_step_at_, round_->now - oldest_list));
    list_is_shared_ = shared != nullptr;
    if (shared) return shared;
    auto read = lists_->read(device_, state_.program_id);
    round_->now = list_cache::clock::now();
    return read;
}

// Plans from a list. Acts only on a fresh list. @return True if the plan is final.
bool group_sync::plan_by(const group_index& groups, std::span<const sector_range> sectors_of_file, bool may_act) {
    round_->recovered_later.reset();
    group_view view = view_group(groups, state_);
    if (is_owner_tag(view.user_data) && view.user_data != state_.owner_tag) {
        // An earlier process had other arguments.
        state_.owner_tag = view.user_data;
        view = view_group(groups, state_);
    }
    if (state_.id && !view.id) {
        if (may_act) leave_to_the_remover(view);
        return may_act;
    }
    if (view.id && !claim(*view.id)) return true;
    if (auto restored = restore_carried(view, groups.list()); !restored) {
        fail(restored.error());
        return true;
    }

    round_plan planned = plan_round(view, groups.list(), state_, configured_.get(), sectors_of_file, options_);
    if (planned.recreates) round_->recovered_later.emplace(sectors_of_file.begin(), sectors_of_file.end());
    // A new group is listed again when it is published.
    if (!planned.operations.empty() && !planned.is_new_group && !may_act) return false;

    round_->operations = std::move(planned.operations);
    round_->wanted = std::move(planned.wanted);

    growth_.plan(planned.changes);
    report_.bridged = planned.changes.bridged;
    report_.missing = planned.changes.create.size();
    report_.adopted = planned.adopted;
    take_over(std::move(view));
    if (!planned.replaced.empty()) carried_.replace(planned.replaced, !state_.id);
    return true;
}

// Plans only new regions. The publication finds out whether the group still exists.
void group_sync::grow(const plan& planned) {
    growth_.plan(planned);
    report_.missing = planned.create.size();
    round_->operations = operations_of(planned, true);
    round_->wanted = state_.regions;
}

bool group_sync::claim(group_id id) {
    if (claimed_ == id) return true;
    if (auto claimed = device_.claim(id); !claimed) {
        fail(claimed.error());
        return false;
    }
    if (claimed_) device_.release(*claimed_);
    claimed_ = id;
    return true;
}

void group_sync::take_over(group_view view) {
    leaders_ = leaders_of(view);
    if (view.id) {
        state_.id = view.id;
        state_.alias_part = std::move(view.alias_part);
        state_.user_data = std::move(view.user_data);
        state_.counting = std::move(view.counting);
    }
    if (configured_) state_.alias_part = configured_->alias_part;
    round_->tagged = std::move(view.tagged);
    round_->reused_ids = std::move(view.reused_ids);
    state_.regions = std::move(view.regions);
    find_leaving();
    knows_group_ = true;
}

void group_sync::set_members(std::vector<group_region> members) {
    std::set_difference(state_.regions.begin(), state_.regions.end(), members.begin(), members.end(),
                        std::back_inserter(leaving_));
    state_.regions = std::move(members);
}

// Leaves the regions of the deleted group to the program that deleted the group. Deletes regions that were never in
// the group.
void group_sync::leave_to_the_remover(const group_view& view) {
    report_.group_removed = true;
    for (const group_region& orphan : view.unlisted_regions) {
        const bool was_member = std::binary_search(state_.regions.begin(), state_.regions.end(), orphan);
        if (!was_member) std::ignore = remove_region(orphan);
    }
    // Best effort: no region of another program should keep our descriptor.
    for (const region_id id : view.foreign_descriptors) std::ignore = device_.set_aux(id, "-");
}

void group_sync::fail(failure failed) {
    if (!report_.error) report_.error = std::make_shared<const failure>(std::move(failed));
}

bool group_sync::advance(std::chrono::nanoseconds slice, const std::atomic<bool>& stop_requested, time_point now) {
    if (!round_) return true;
    round_->now = now;
    if (round_->unplanned) {
        if (waits_for_list()) return false;
        plan_by_list(*std::exchange(round_->unplanned, std::nullopt));
    }
    while (round_->next < round_->operations.size()) {
        if (is_by_list(round_->operations[round_->next]) && waits_for_list()) return false;
        if (stop_requested) round_->may_create = false;
        const operation& step = round_->operations[round_->next++];
        std::visit([this](const auto& s) { perform(s); }, step);
        round_->now = last_step_at_ = list_cache::clock::now();
        if (last_step_at_ - now >= slice) break;
    }
    if (round_->next < round_->operations.size()) return false;
    if (round_->recovered_later && report_.complete() && recreate()) return false;
    forget_round();
    return true;
}

// Starts the round that recreates the group. @return True if the round has steps.
bool group_sync::recreate() {
    const dm::counters counted = carried_.total();
    carried_.reset();
    ++restarts_;
    state_.alias_part = configured_->alias_part;
    state_.program_id = configured_->program_id;
    state_.counting = configured_->counting;
    // A later process handles regions left under another program id, so this configuration is complete.
    configured_.reset();
    const std::vector<sector_range> sectors_of_file = std::move(*round_->recovered_later);
    begin(sectors_of_file, true);
    report_.replaced_group = std::make_shared<const dm::counters>(counted);
    return round_->unplanned || !round_->operations.empty();
}

// Ends the round; only the regions stay in memory.
void group_sync::forget_round() {
    if (report_.complete()) {
        configured_.reset();
        carried_.keep_replaced([](const group_region&) { return false; });
        release_memory(leaving_);
    }
    carried_.update(!state_.id);
    if (auto failed = carried_.failed()) report_.not_stored = std::move(failed);
    round_.reset();
}

void group_sync::perform(const step::tag& step) {
    // A leader keeps its descriptor until it stops being the leader. Only then the leader receives the tag.
    if (contains(round_->tagged, step.region) ||
        std::find(leaders_.begin(), leaders_.end(), step.region) != leaders_.end())
        return;
    const auto marked = device_.set_aux(step.region, state_.owner_tag);
    if (marked || is_gone(marked.error().code)) return;
    // An untagged region must not leave the group, because no restart would find it.
    fail(marked.error());
    abandon_round();
}

void group_sync::perform(const step::create& step) {
    if (!round_->may_create) return;
    dm::region_spec spec;
    spec.range = step.range;
    spec.program_id = state_.program_id;
    spec.aux = state_.owner_tag;
    spec.options = state_.counting;
    const auto made = device_.create(spec);
    if (!made) {
        // The next creation would fail too, and each attempt stalls the device.
        round_->may_create = false;
        return fail(made.error());
    }
    round_->created.push_back({*made, step.range});
    ++report_.created;
    --report_.missing;
}

}  // namespace filemap
