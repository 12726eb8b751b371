#include "fuzz/plan_check.hpp"

#include "fuzz/target.hpp"

#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <vector>

namespace filemap::test {
namespace {

using group_regions = std::vector<group_region>;
using ranges = std::vector<sector_range>;

sectors sum_of(std::span<const sector_range> all) {
    sectors sum;
    for (const sector_range& r : all) sum += r.length;
    return sum;
}

void check_each_is_kept_or_removed(const plan& planned, std::span<const group_region> regions) {
    group_regions after = planned.keep;
    after.insert(after.end(), planned.remove.begin(), planned.remove.end());
    group_regions before(regions.begin(), regions.end());
    std::ranges::sort(after);
    std::ranges::sort(before);
    require(after == before, "each region is kept or removed, and once");
}

// The regions when the plan has been carried out; ids of new ones are new.
group_regions carried_out(const plan& planned) {
    group_regions after = planned.keep;
    std::uint64_t id = 0;
    for (const group_region& m : planned.keep) id = std::max(id, m.id.value());
    for (const sector_range& range : planned.create) after.push_back({region_id{++id}, range});
    std::ranges::sort(after, {}, &group_region::range);
    return after;
}

void check_cover(const plan& planned, std::span<const group_region> after, std::span<const sector_range> file) {
    ranges covered;
    for (const group_region& m : after) {
        require(m.range.length.count() > 0, "no region is empty");
        require(covered.empty() || covered.back().end() <= m.range.start, "no regions overlap");
        covered.push_back(m.range);
    }
    require(sum_of(covered) == sum_of(file) + planned.bridged, "what is covered is the file's or was bridged");
    covered = fs::join_ranges(std::move(covered));
    check_ascending(covered);
    for (const sector_range& piece : file)
        require(std::ranges::any_of(covered, [&](const sector_range& r) { return r.contains(piece); }),
                "all of the file is covered");
}

void check_plan(std::span<const sector_range> file, std::span<const group_region> regions,
                const plan_options& options) {
    const plan planned = make_plan(file, regions, options);
    check_each_is_kept_or_removed(planned, regions);
    require(std::ranges::is_sorted(planned.keep, {}, [](const group_region& m) { return m.range.start; }) &&
                std::ranges::is_sorted(planned.create, {}, &sector_range::start),
            "what is kept and what is created ascend");
    const group_regions after = carried_out(planned);
    check_cover(planned, after, file);
    if (options.max_regions == 0)
        require(planned.bridged == sectors{}, "nothing is bridged without a limit");
    else
        require(planned.regions() <= options.max_regions, "there are no more regions than allowed");
    require(make_plan(file, after, options).changes_nothing(), "a plan that was carried out is the last");

    const auto growth = growth_of(file, regions, options);
    if (growth)
        require(planned.remove.empty() && planned.bridged == sectors{} && planned.create == *growth,
                "a growth is what a plan would create");
    std::size_t created = 0;
    for (const operation& op : operations_of(planned, !regions.empty())) {
        require(!describe(op).empty(), "each step can be shown");
        created += std::holds_alternative<step::create>(op);
    }
    require(created == planned.create.size(), "the steps create what was planned");
}

}  // namespace

void check_ascending(std::span<const sector_range> all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        require(all[i].length.count() > 0 && all[i].end() > all[i].start, "no range is empty or wraps around");
        require(i == 0 || all[i - 1].end() < all[i].start, "ranges ascend and do not touch");
    }
}

void check_plans(std::span<const sector_range> sectors_of_file, std::span<const group_region> regions) {
    check_ascending(sectors_of_file);
    for (const region_rule rule : {region_rule::cover, region_rule::exact})
        for (const std::size_t limit : {0, 1, 2, 5})
            check_plan(sectors_of_file, regions, {.rule = rule, .max_regions = limit});
}

}  // namespace filemap::test
