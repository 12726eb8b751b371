// Deletion of regions: reads and stores their counters first. Also estimates the sectors written before regions covered
// them.
#include "counters/region_counters.hpp"
#include "group/group_sync.hpp"
#include "group/region_ids.hpp"

#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace filemap {
namespace {

constexpr unsigned max_busy_refreshes = 64;

// Returns true if one of the ranges contains @p range. @pre The ranges ascend and do not touch.
bool lies_in(sector_range range, const std::vector<sector_range>& ranges) {
    const auto next = std::upper_bound(ranges.begin(), ranges.end(), range.start,
                                       [](sectors start, const sector_range& r) { return start < r.start; });
    return next != ranges.begin() && std::prev(next)->contains(range);
}

}  // namespace

void group_sync::perform(const step::confirm&) {
    round_->removable.clear();
    const auto groups = list_since_last_step();
    if (!groups) return fail(groups.error());
    const dm::region_list& list = (*groups)->list();
    for (const operation& op : round_->operations) {
        const auto* removal = std::get_if<step::remove>(&op);
        const auto row = removal ? list.find(removal->region.id) : std::nullopt;
        if (!row || row->aux != state_.owner_tag) continue;
        if (row->range == removal->region.range) {
            if (round_->may_remove) round_->removable.push_back(row->id);
        } else if (!is_wanted(row->id)) {
            // Another program had reused the id just before the region was tagged.
            if (auto unmarked = device_.set_aux(row->id, "-"); !unmarked && !is_gone(unmarked.error().code))
                fail(unmarked.error());
        }
    }
    std::sort(round_->removable.begin(), round_->removable.end());
}

void group_sync::perform(const step::carry& step) {
    std::vector<sector_range> older, older_that_go;
    for (const group_region& m : carried_.replaced()) older.push_back(m.range);
    older = fs::join_ranges(std::move(older));
    const auto is_newer = [&](const group_region& m) { return !is_replaced(m) && lies_in(m.range, older); };
    std::vector<group_region> doomed;
    for (const group_region& m : step.regions) {
        if (!contains(round_->removable, m.id)) continue;
        doomed.push_back(m);
        if (is_replaced(m)) older_that_go.push_back(m.range);
    }
    discard_what_both_count(fs::join_ranges(std::move(older_that_go)));
    std::vector<pending_deletion> retiring;
    for (const group_region& m : doomed) {
        const auto counted = counted_by(m);
        if (!counted) continue;
        carried_.infer(growth_.resolve(m.range, counted->sectors_written));
        retiring.push_back({m, is_newer(m) ? dm::counters{} : *counted});
    }
    carried_.prepare_deletion(std::move(retiring), !state_.id);
}

void group_sync::observe_growth(const fs::extent_map& map, bool first) {
    for (const group_region& m : growth_.observe(map.written, state_.regions, first)) {
        const auto counted = read_region(device_, m);
        const bool is_known = counted && *counted;
        // A file system may list blocks as written before their I/O completes. If I/O never pauses, nothing is
        // estimated.
        const bool is_busy = is_known && (*counted)->in_flight > 0;
        if (is_busy && busy_refreshes_++ < max_busy_refreshes) continue;
        // An unreadable region adds nothing to the estimate.
        carried_.infer(growth_.resolve(m.range, is_known && !is_busy ? (*counted)->sectors_written : m.range.length));
    }
    if (!growth_.has_unresolved()) busy_refreshes_ = 0;
}

bool group_sync::is_replaced(const group_region& region) const {
    return std::binary_search(carried_.replaced().begin(), carried_.replaced().end(), region);
}

// Clears regions that stay and lie in regions that are deleted, because the older regions have counted the same I/O.
void group_sync::discard_what_both_count(const std::vector<sector_range>& older) {
    for (const group_region& m : round_->wanted) {
        if (is_replaced(m) || !lies_in(m.range, older)) continue;
        // Read first, because another program may have reused the id. If clearing fails, some I/O counts twice.
        if (counted_by(m)) std::ignore = device_.print_clear(m.id);
    }
}

// Reads the counters of a region. Returns an empty optional if the region does not exist, even if another program has
// reused its id.
std::optional<dm::counters> group_sync::counted_by(const group_region& region) {
    auto counted = read_region(device_, region);
    if (!counted) {
        fail(counted.error());
        return std::nullopt;
    }
    // I/O in flight at the deletion of its region is not counted anywhere.
    if (*counted) (*counted)->in_flight = 0;
    return *std::move(counted);
}

void group_sync::perform(const step::remove& step) {
    if (!carried_.is_pending(step.region)) return;
    const auto removed = remove_region(step.region);
    if (!removed) fail(removed.error());
    carried_.finish_deletion(step.region, removed.has_value());
    if (removed) std::erase(leaving_, step.region);
}

// Deletes a region. Succeeds if the region no longer exists. Reads the region once more, because another program may
// have reused its id.
result<void> group_sync::remove_region(const group_region& region) {
    const auto areas = device_.print(region.id);
    if (!areas) return is_gone(areas.error().code) ? result<void>() : areas.error();
    if (!are_areas_of(region.range, *areas)) return {};
    const auto removed = device_.remove(region.id);
    if (removed) {
        ++report_.removed;
    } else if (!is_gone(removed.error().code)) {
        return removed.error();
    }
    return {};
}

// Includes only the older of overlapping regions, until the older ones are read and the newer ones cleared.
counting_regions group_sync::counting() const {
    counting_regions now{
        {}, carried_.total(), carried_.replaced().empty() && steps() == 0 && report_.complete(), restarts_};
    for (const pending_deletion& each : carried_.pending()) now.carried += each.counted;
    std::copy_if(leaving_.begin(), leaving_.end(), std::back_inserter(now.regions),
                 [this](const group_region& m) { return !carried_.is_pending(m); });
    std::vector<sector_range> older;
    for (const group_region& m : now.regions) older.push_back(m.range);
    for (const group_region& m : state_.regions)
        if (is_replaced(m)) older.push_back(m.range);
    older = fs::join_ranges(std::move(older));
    std::copy_if(state_.regions.begin(), state_.regions.end(), std::back_inserter(now.regions),
                 [&](const group_region& m) { return is_replaced(m) || !lies_in(m.range, older); });
    std::sort(now.regions.begin(), now.regions.end());
    return now;
}

// Finds the regions of an earlier process, or of a failed round, by the regions that were being replaced.
void group_sync::find_leaving() {
    leaving_.clear();
    std::copy_if(
        carried_.replaced().begin(), carried_.replaced().end(), std::back_inserter(leaving_),
        [this](const group_region& m) { return !std::binary_search(state_.regions.begin(), state_.regions.end(), m); });
}

// A group with the same id but without our tag was made later by another program.
result<void> group_sync::restore_carried(const group_view& view, const dm::region_list& list) {
    const bool group_is_there =
        !view.tagged.empty() || !view.unlisted_regions.empty() || (view.id && view.user_data == state_.owner_tag);
    const auto is_there = [&](const group_region& m) {
        const auto row = list.find(m.id);
        return row && row->range == m.range;
    };
    auto restored = carried_.restore(
        to_string(device_.device()) + '-' + state_.owner_tag, group_is_there,
        [&](const group_region& m) { return is_there(m) && list.find(m.id)->aux == state_.owner_tag; });
    carried_.keep_replaced(is_there);
    return restored;
}

}  // namespace filemap
