#include "group/round_planner.hpp"

#include "group/region_ids.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace filemap {
namespace {

// Returns the regions that are not removed, ascending by id.
std::vector<group_region> without(const std::vector<group_region>& ascending,
                                  const std::vector<group_region>& removed) {
    std::vector<region_id> gone = ids_of(removed);
    std::sort(gone.begin(), gone.end());
    std::vector<group_region> rest;
    rest.reserve(ascending.size());
    std::copy_if(ascending.begin(), ascending.end(), std::back_inserter(rest),
                 [&](const group_region& m) { return !contains(gone, m.id); });
    return rest;
}

bool counts_otherwise(const group_view& view, const dm::region_list& list, const group_state& state,
                      const group_settings& configured) {
    const auto differs = [&](const group_region& m) {
        const dm::region_row row = *list.find(m.id);
        return row.precise_timestamps != configured.counting.precise_timestamps ||
               row.histogram != configured.counting.histogram;
    };
    const dm::counting_options& now = view.id ? view.counting : state.counting;
    return now != configured.counting || std::ranges::any_of(view.unlisted_regions, differs);
}

bool descriptor_differs(const group_view& view, const std::vector<group_region>& wanted,
                        const group_settings* configured) {
    const bool is_renamed = configured && view.alias_part != configured->alias_part;
    return view.id && (is_renamed || view.missing > 0 || !view.stale_leaders.empty() || wanted != view.regions);
}

}  // namespace

round_plan plan_round(const group_view& view, const dm::region_list& list, const group_state& state,
                      const group_settings* configured, std::span<const sector_range> sectors_of_file,
                      const plan_options& options) {
    round_plan planned;
    planned.recreates =
        configured && (state.program_id != configured->program_id || counts_otherwise(view, list, state, *configured));
    if (planned.recreates) sectors_of_file = {};

    std::vector<group_region> regions = view.regions;
    regions.insert(regions.end(), view.unlisted_regions.begin(), view.unlisted_regions.end());
    std::sort(regions.begin(), regions.end(), by_id);
    planned.is_new_group = !view.id && regions.empty();

    planned.changes = make_plan(sectors_of_file, regions, options);
    planned.operations = operations_of(planned.changes, view.id.has_value());
    planned.wanted = without(regions, planned.changes.remove);
    if (planned.operations.empty() && descriptor_differs(view, planned.wanted, configured))
        planned.operations.emplace_back(step::publish{});

    planned.adopted = without(view.unlisted_regions, planned.changes.remove).size();
    std::copy_if(
        planned.changes.remove.begin(), planned.changes.remove.end(), std::back_inserter(planned.replaced),
        [&](const group_region& m) { return std::binary_search(view.regions.begin(), view.regions.end(), m); });
    return planned;
}

plan plan_without_list(const group_state& state, std::span<const sector_range> sectors_of_file,
                       const plan_options& options) {
    auto growth = growth_of(sectors_of_file, state.regions, options);
    if (!growth) return make_plan(sectors_of_file, state.regions, options);
    plan planned;
    planned.create = *std::move(growth);
    return planned;
}

}  // namespace filemap
