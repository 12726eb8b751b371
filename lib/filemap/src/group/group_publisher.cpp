// Publication of regions: a series of descriptors, each valid for readers.
#include "group/group_sync.hpp"
#include "group/region_ids.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace filemap {

void group_sync::perform(const step::publish&) {
    round_->may_remove = false;
    merge_created();
    // Another program may have deleted the group, or replaced its regions, while regions were created.
    const auto groups = list_since_last_step();
    if (!groups) return fail(groups.error());
    report_.listed = true;
    const group_view view = view_group(**groups, state_);
    if (state_.id && !view.id) {
        leave_to_the_remover(view);
        return abandon_round();
    }
    if (has_additions(view)) {
        fail({make_error_code(boost::system::errc::resource_unavailable_try_again),
              "another program has added regions to the group on " + to_string(device_.device())});
        return abandon_round();
    }
    drop_lost(view);
    if (round_->wanted.empty()) {
        // No region could be created for the current sectors, so the group stays until that succeeds.
        if (report_.missing > 0 || !strip(leaders_of(view))) return;
        release_group();
        state_.id.reset();
        set_members({});
        state_.user_data = "-";
        round_->may_remove = true;
        return;
    }
    if (!fits_a_row() && !shrink_to_row()) return;
    // The user data belongs to the former leader, so it is lost with that region.
    if (view.id && !is_wanted(leader_of(*view.id))) state_.user_data = "-";
    if (list_is_shared_ && !counted_by(round_->wanted.front())) {
        fail({make_error_code(boost::system::errc::no_such_file_or_directory), "the region that is to lead the group"});
        return abandon_round();
    }
    if (!put_in_lead(round_->wanted.front().id, view)) return;
    carried_.update(false);
    round_->created.clear();
    round_->may_remove = true;
}

// A newly assigned id belongs to the new region, so an older region with that id no longer exists.
void group_sync::merge_created() {
    std::stable_sort(round_->created.begin(), round_->created.end(), by_id);
    std::vector<group_region> latest;
    for (const group_region& m : round_->created) {
        if (!latest.empty() && latest.back().id == m.id) latest.pop_back();
        latest.push_back(m);
    }
    const std::vector<region_id> given_out = ids_of(latest);
    std::erase_if(round_->wanted, [&](const group_region& m) { return contains(given_out, m.id); });
    const auto older = static_cast<std::ptrdiff_t>(round_->wanted.size());
    round_->wanted.insert(round_->wanted.end(), latest.begin(), latest.end());
    std::inplace_merge(round_->wanted.begin(), round_->wanted.begin() + older, round_->wanted.end(), by_id);
    round_->created = std::move(latest);
}

// Returns true if the group has regions that are not in the plan. A descriptor without them would abandon them, so the
// round ends and the next one plans again.
bool group_sync::has_additions(const group_view& view) const {
    const auto is_known = [&](const group_region& m) {
        return std::binary_search(state_.regions.begin(), state_.regions.end(), m, by_id) ||
               std::binary_search(round_->wanted.begin(), round_->wanted.end(), m, by_id) ||
               contains(round_->reused_ids, m.id);
    };
    return !std::all_of(view.regions.begin(), view.regions.end(), is_known);
}

void group_sync::drop_lost(const group_view& view) {
    // All three sequences ascend, so each is walked once.
    const auto advance_to = [](auto& at, auto end, const group_region& m) {
        while (at != end && *at < m) ++at;
        return at != end && *at == m;
    };
    auto in_group = view.regions.begin();
    auto outside = view.unlisted_regions.begin();
    const auto is_ours = [&](const group_region& m) {
        const bool listed = advance_to(in_group, view.regions.end(), m);
        return advance_to(outside, view.unlisted_regions.end(), m) || listed;
    };
    const std::size_t lost = std::erase_if(round_->wanted, [&](const group_region& m) { return !is_ours(m); });
    if (lost == 0) return;
    report_.missing += lost;
    fail({make_error_code(boost::system::errc::no_such_file_or_directory),
          std::to_string(lost) + " regions on " + to_string(device_.device()) + " that another program has deleted"});
}

// Makes a region the leader. While two regions have descriptors, one of them lists the other, so a restart recognises
// one group. There are never more than two. A descriptor left by a kill is removed first: the lower leader, which is
// the leader of the view, lists every untagged region of the other.
bool group_sync::put_in_lead(region_id leader, const group_view& view) {
    if (!strip(view.stale_leaders)) return false;
    const std::optional<region_id> former = view.id ? std::optional(leader_of(*view.id)) : std::nullopt;
    if (!former || *former == leader) return write_descriptor(leader, round_->wanted);

    std::vector<group_region> both = round_->wanted;
    std::copy_if(view.regions.begin(), view.regions.end(), std::back_inserter(both),
                 [&](const group_region& m) { return m.id == *former; });
    std::sort(both.begin(), both.end(), by_id);
    both.erase(std::unique(both.begin(), both.end()), both.end());
    if (*former < leader) {
        return write_descriptor(*former, both) && write_descriptor(leader, round_->wanted) && strip({*former});
    }
    return write_descriptor(leader, both) && strip({*former}) &&
           (both == round_->wanted || write_descriptor(leader, round_->wanted));
}

bool group_sync::write_descriptor(region_id leader, const std::vector<group_region>& members) {
    if (!claim(group_led_by(leader))) return false;
    if (auto written = device_.set_aux(leader, descriptor_of(members).format()); !written) {
        fail(written.error());
        return false;
    }
    state_.id = group_led_by(leader);
    set_members(members);
    return true;
}

dm::group_descriptor group_sync::descriptor_of(const std::vector<group_region>& members) const {
    dm::group_descriptor written;
    written.alias_part = state_.alias_part;
    for (const group_region& m : members) dm::append(written.members, m.id);
    written.user_data = state_.user_data == "-" ? state_.owner_tag : state_.user_data;
    return written;
}

bool group_sync::is_wanted(region_id id) const {
    return std::any_of(round_->wanted.begin(), round_->wanted.end(),
                       [id](const group_region& m) { return m.id == id; });
}

bool group_sync::fits_a_row() const {
    const group_region& leader = round_->wanted.front();
    const std::string head = std::to_string(leader.id.value()) + ": " + to_string(leader.range) + ' ' +
                             std::to_string(leader.range.length.count()) + ' ' + state_.program_id + ' ';
    const std::size_t options = sizeof " precise_timestamps" + sizeof " histogram:" + state_.counting.histogram.size();
    return head.size() + descriptor_of(round_->wanted).format().size() + options <= dm::max_group_row_length;
}

// Deletes the regions created since the last publication, and lowers the limit for the next rounds.
bool group_sync::shrink_to_row() {
    const bool is_single = round_->wanted.size() == 1;
    const std::vector<region_id> given_up = ids_of(round_->created);
    options_.max_regions =
        std::max<std::size_t>(1, round_->wanted.size() - std::max<std::size_t>(1, round_->wanted.size() / 4));
    for (const region_id id : given_up) {
        if (auto removed = device_.remove(id); !removed && !is_gone(removed.error().code)) fail(removed.error());
    }
    std::erase_if(round_->wanted, [&](const group_region& m) { return contains(given_up, m.id); });
    report_.created -= round_->created.size();
    report_.missing += round_->created.size();
    round_->created.clear();
    round_->may_create = false;
    fail({is_single ? errc::name_too_long : errc::row_too_long, "group on " + to_string(device_.device())});
    return !round_->wanted.empty() && fits_a_row();
}

bool group_sync::strip(const std::vector<region_id>& leaders) {
    for (const region_id former : leaders) {
        const auto stripped = device_.set_aux(former, state_.owner_tag);
        if (!stripped && !is_gone(stripped.error().code)) {
            fail(stripped.error());
            return false;
        }
    }
    return true;
}

}  // namespace filemap
