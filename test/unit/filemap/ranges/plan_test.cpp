#include "unit/filemap/print.hpp"

#include <filemap/plan.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <utility>

namespace filemap {
namespace {

using ranges = std::vector<sector_range>;
using group_regions = std::vector<group_region>;

sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}
group_region region(std::uint64_t id, std::uint64_t start, std::uint64_t length) {
    return {region_id{id}, at(start, length)};
}

template <class T>
void check_equal(const std::vector<T>& found, const std::vector<T>& wanted) {
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), wanted.begin(), wanted.end());
}

// Returns the regions after a plan; new regions have the lowest free ids.
group_regions carried_out(const plan& planned) {
    group_regions after = planned.keep;
    std::set<std::uint64_t> taken;
    for (const group_region& m : planned.keep) taken.insert(m.id.value());
    std::uint64_t id = 0;
    for (const sector_range& range : planned.create) {
        while (taken.contains(id)) ++id;
        taken.insert(id);
        after.push_back({region_id{id}, range});
    }
    return after;
}

BOOST_AUTO_TEST_SUITE(plan_suite)

BOOST_AUTO_TEST_CASE(empty_group_gets_region_per_range) {
    const ranges file{at(8, 8), at(100, 50)};
    const plan planned = make_plan(file, {}, {});
    check_equal(planned.create, file);
    BOOST_TEST(planned.keep.empty());
    BOOST_TEST(planned.remove.empty());
    BOOST_TEST(planned.regions() == 2u);
    BOOST_TEST(!planned.changes_nothing());
}

BOOST_AUTO_TEST_CASE(covered_file_changes_nothing) {
    const ranges file{at(8, 8), at(100, 50)};
    const group_regions group{region(4, 100, 20), region(2, 8, 8), region(9, 120, 30)};
    const plan planned = make_plan(file, group, {});
    BOOST_TEST(planned.changes_nothing());
    check_equal(planned.keep, {region(2, 8, 8), region(4, 100, 20), region(9, 120, 30)});
}

BOOST_AUTO_TEST_CASE(grown_extent_adds_tail) {
    const group_regions group{region(0, 100, 8)};
    const plan planned = make_plan(ranges{at(100, 20)}, group, {});
    check_equal(planned.keep, group);
    check_equal(planned.create, {at(108, 12)});
    BOOST_TEST(planned.remove.empty());
}

BOOST_AUTO_TEST_CASE(growth_between_regions_fills_gaps) {
    const group_regions group{region(0, 100, 8), region(1, 120, 8)};
    const plan planned = make_plan(ranges{at(90, 50)}, group, {});
    check_equal(planned.keep, group);
    check_equal(planned.create, {at(90, 10), at(108, 12), at(128, 12)});
}

BOOST_AUTO_TEST_CASE(truncated_file_replaces_cut_region) {
    const group_regions group{region(0, 100, 8), region(1, 108, 8), region(2, 116, 8)};
    const plan planned = make_plan(ranges{at(100, 12)}, group, {});
    check_equal(planned.keep, {group[0]});
    check_equal(planned.create, {at(108, 4)});
    BOOST_TEST(planned.remove.size() == 2u);
}

BOOST_AUTO_TEST_CASE(punched_hole_splits_region) {
    const plan planned = make_plan(ranges{at(100, 8), at(116, 8)}, group_regions{region(5, 100, 24)}, {});
    check_equal(planned.create, {at(100, 8), at(116, 8)});
    check_equal(planned.remove, {region(5, 100, 24)});
}

BOOST_AUTO_TEST_CASE(empty_file_removes_all_regions) {
    const group_regions group{region(5, 100, 24), region(6, 200, 8)};
    const plan planned = make_plan({}, group, {});
    check_equal(planned.remove, group);
    BOOST_TEST(planned.regions() == 0u);
}

BOOST_AUTO_TEST_CASE(overlapping_regions_keep_first) {
    const plan planned = make_plan(ranges{at(100, 100)}, group_regions{region(1, 100, 60), region(2, 150, 50)}, {});
    check_equal(planned.keep, {region(1, 100, 60)});
    check_equal(planned.remove, {region(2, 150, 50)});
    check_equal(planned.create, {at(160, 40)});
}

BOOST_AUTO_TEST_CASE(longest_region_of_equal_start_stays) {
    const group_regions group{region(1, 100, 10), region(2, 110, 40), region(3, 100, 50), region(4, 100, 900)};
    const plan planned = make_plan(ranges{at(100, 50)}, group, {});
    check_equal(planned.keep, {region(3, 100, 50)});
    BOOST_TEST(planned.create.empty());
}

BOOST_AUTO_TEST_CASE(lowest_id_of_equal_regions_stays) {
    group_regions group{region(7, 100, 50), region(3, 100, 50), region(5, 100, 50)};
    for (std::size_t i = 0; i < group.size(); ++i) {
        std::rotate(group.begin(), group.begin() + 1, group.end());
        check_equal(make_plan(ranges{at(100, 50)}, group, {}).keep, {region(3, 100, 50)});
    }
}

BOOST_AUTO_TEST_CASE(region_spanning_gap_is_replaced) {
    const plan planned = make_plan(ranges{at(0, 8), at(16, 8)}, group_regions{region(0, 0, 24)}, {});
    check_equal(planned.create, {at(0, 8), at(16, 8)});
}

BOOST_AUTO_TEST_CASE(exact_rule_replaces_changed_regions) {
    const plan_options exact{.rule = region_rule::exact};
    const group_regions group{region(0, 100, 8), region(1, 200, 4), region(2, 204, 4), region(3, 300, 8)};
    const plan planned = make_plan(ranges{at(100, 20), at(200, 8), at(300, 8)}, group, exact);
    check_equal(planned.keep, {region(3, 300, 8)});
    check_equal(planned.create, {at(100, 20), at(200, 8)});
    BOOST_TEST(planned.remove.size() == 3u);
}

BOOST_AUTO_TEST_CASE(plan_within_limit_bridges_nothing) {
    const plan planned = make_plan(ranges{at(0, 8), at(16, 8)}, {}, {.max_regions = 2});
    BOOST_TEST(planned.bridged == sectors{});
    BOOST_TEST(planned.create.size() == 2u);
}

BOOST_AUTO_TEST_CASE(plan_over_limit_bridges_smallest_gaps) {
    // Gaps of 2, 90, 1 and 40.
    const ranges file{at(0, 8), at(10, 10), at(110, 9), at(120, 10), at(170, 10)};
    const plan planned = make_plan(file, {}, {.max_regions = 3});
    check_equal(planned.create, {at(0, 20), at(110, 20), at(170, 10)});
    BOOST_TEST(planned.bridged == sectors{3});
}

BOOST_AUTO_TEST_CASE(limit_of_one_covers_everything) {
    const plan planned = make_plan(ranges{at(8, 8), at(32, 8), at(100, 1)}, {}, {.max_regions = 1});
    check_equal(planned.create, {at(8, 93)});
    BOOST_TEST(planned.bridged == sectors{76});
}

BOOST_AUTO_TEST_CASE(plan_over_limit_joins_neighbours) {
    group_regions group{region(0, 0, 8)};
    for (std::uint64_t i = 0; i < 7; ++i) group.push_back(region(i + 1, 100 + i * 8, 8));
    const plan planned = make_plan(ranges{at(0, 8), at(100, 64)}, group, {.max_regions = 8});
    check_equal(planned.keep, {group[0]});
    check_equal(planned.create, {at(100, 64)});
    BOOST_TEST(planned.remove.size() == 7u);
    BOOST_TEST(planned.bridged == sectors{});
}

BOOST_AUTO_TEST_CASE(joining_frees_quarter_of_limit) {
    // Pieces of five, four and three regions: joining the first frees enough.
    group_regions group;
    ranges file;
    std::uint64_t id = 0;
    for (std::uint64_t piece = 0; piece < 3; ++piece) {
        const std::uint64_t count = 5 - piece;
        for (std::uint64_t i = 0; i < count; ++i) group.push_back(region(id++, piece * 1000 + i * 8, 8));
        file.push_back(at(piece * 1000, count * 8));
    }
    const plan planned = make_plan(file, group, {.max_regions = 11});
    BOOST_TEST(planned.regions() == 8u);
    check_equal(planned.create, {at(0, 40)});
}

BOOST_AUTO_TEST_CASE(first_of_equal_gaps_stays_open) {
    const ranges file{at(0, 8), at(10, 8), at(20, 8)};
    check_equal(bridge_gaps(file, 2), {at(0, 8), at(10, 18)});
    check_equal(bridge_gaps(file, 3), file);
    check_equal(bridge_gaps({}, 1), ranges{});
}

void check_growth(const std::optional<ranges>& found, const ranges& wanted) {
    BOOST_REQUIRE(found.has_value());
    check_equal(*found, wanted);
}

BOOST_AUTO_TEST_CASE(covered_file_has_no_growth) {
    check_growth(growth_of({}, {}, {}), {});
    const group_regions group{region(2, 8, 8), region(4, 100, 20), region(3, 120, 30)};
    check_growth(growth_of(ranges{at(8, 8), at(100, 50)}, group, {}), {});
    check_growth(growth_of(ranges{at(8, 8), at(100, 50)}, group, {.max_regions = 3}), {});
}

BOOST_AUTO_TEST_CASE(growth_is_uncovered_part) {
    const group_regions group{region(0, 100, 8), region(1, 116, 8), region(2, 200, 8)};
    check_growth(growth_of(ranges{at(0, 8), at(90, 50), at(200, 9), at(300, 1)}, group, {}),
                 {at(0, 8), at(90, 10), at(108, 8), at(124, 16), at(208, 1), at(300, 1)});
    check_growth(growth_of(ranges{at(8, 8)}, {}, {}), {at(8, 8)});
}

BOOST_AUTO_TEST_CASE(growth_with_removed_region_needs_plan) {
    const ranges file{at(100, 16), at(200, 8)};
    BOOST_TEST(!growth_of(file, group_regions{region(0, 0, 8)}, {}), "before the file");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 150, 8)}, {}), "in a gap");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 208, 8)}, {}), "behind the file");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 96, 8)}, {}), "begins before a piece");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 112, 8)}, {}), "ends after a piece");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 100, 0)}, {}), "without sectors");
    BOOST_TEST(!growth_of(file, group_regions{region(0, 100, 8), region(1, 107, 8)}, {}), "overlapping");
    BOOST_TEST(!growth_of({}, group_regions{region(0, 100, 8)}, {}), "of an empty file");
}

BOOST_AUTO_TEST_CASE(growth_of_unsorted_regions_needs_plan) {
    const ranges file{at(100, 16), at(200, 8)};
    BOOST_TEST(!growth_of(file, group_regions{region(0, 108, 8), region(1, 100, 8)}, {}));
    BOOST_TEST(!growth_of(file, group_regions{region(0, 200, 8), region(1, 100, 8)}, {}));
}

BOOST_AUTO_TEST_CASE(exact_rule_grows_by_whole_extents) {
    const plan_options exact{.rule = region_rule::exact};
    const group_regions group{region(0, 100, 8)};
    check_growth(growth_of(ranges{at(100, 8), at(200, 8)}, group, exact), {at(200, 8)});
    BOOST_TEST(!growth_of(ranges{at(100, 9)}, group, exact));
}

BOOST_AUTO_TEST_CASE(growth_over_limit_needs_plan) {
    const group_regions group{region(0, 100, 8)};
    check_growth(growth_of(ranges{at(100, 16)}, group, {.max_regions = 2}), {at(108, 8)});
    BOOST_TEST(!growth_of(ranges{at(100, 16)}, group, {.max_regions = 1}), "to be joined");
    BOOST_TEST(!growth_of(ranges{at(100, 8), at(200, 8)}, group, {.max_regions = 1}), "to be bridged");
}

// Set of the sectors of a small device.
using sector_set = std::set<std::uint64_t>;

void add_to(sector_set& set, sector_range r) {
    for (auto s = r.start.count(); s < r.end().count(); ++s) set.insert(s);
}
template <class Ranges>
sector_set set_of(const Ranges& all) {
    sector_set set;
    for (const sector_range& r : all) add_to(set, r);
    return set;
}
bool is_within(sector_range r, const sector_set& set) {
    for (auto s = r.start.count(); s < r.end().count(); ++s)
        if (!set.contains(s)) return false;
    return true;
}

ranges random_file(std::mt19937& random, std::uint64_t size) {
    ranges file;
    std::uniform_int_distribution<std::uint64_t> step(1, 6);
    for (std::uint64_t start = step(random) - 1; start < size;) {
        const std::uint64_t length = std::min(step(random), size - start);
        file.push_back(at(start, length));
        start += length + step(random);
    }
    return file;
}

group_regions random_regions(std::mt19937& random, std::uint64_t size, const ranges& file) {
    group_regions group;
    std::uniform_int_distribution<std::uint64_t> count(0, 10), start(0, size - 1), length(1, 9), coin(0, 2);
    for (std::uint64_t id = 0, n = count(random); id < n; ++id) {
        const bool fitting = !file.empty() && coin(random) > 0;
        const sector_range r = fitting ? file[start(random) % file.size()] : at(start(random), length(random));
        const std::uint64_t cut = fitting ? coin(random) % r.length.count() : 0;
        group.push_back({region_id{id}, at(r.start.count() + cut, r.length.count() - cut)});
    }
    std::shuffle(group.begin(), group.end(), random);
    return group;
}

// Returns the minimum of foreign sectors with which this many ranges cover the file, by trying every choice of gaps.
std::uint64_t min_bridged(const ranges& file, std::size_t most) {
    if (file.size() <= most) return 0;
    const std::size_t gaps = file.size() - 1;
    std::optional<std::uint64_t> least;
    for (std::uint64_t open = 0; open < (std::uint64_t{1} << gaps); ++open) {
        std::size_t pieces = 1;
        std::uint64_t bridged = 0;
        for (std::size_t i = 0; i < gaps; ++i) {
            if (open >> i & 1) {
                ++pieces;
            } else {
                bridged += file[i + 1].start.count() - file[i].end().count();
            }
        }
        if (pieces <= most && (!least || bridged < *least)) least = bridged;
    }
    return *least;
}

void check_against_sets(const ranges& file, const group_regions& group, const plan_options& options) {
    const plan planned = make_plan(file, group, options);
    const sector_set occupied = set_of(file);

    sector_set covered;
    std::uint64_t total = 0;
    for (const group_region& m : carried_out(planned)) {
        add_to(covered, m.range);
        total += m.range.length.count();
    }
    BOOST_TEST(covered.size() == total, "regions overlap");
    BOOST_TEST(std::ranges::includes(covered, occupied), "sectors of the file are not covered");
    BOOST_TEST(covered.size() - occupied.size() == planned.bridged.count());
    if (options.max_regions > 0) {
        BOOST_TEST(planned.regions() <= options.max_regions);
        BOOST_TEST(planned.bridged.count() == min_bridged(file, options.max_regions));
    } else {
        BOOST_TEST(covered == occupied);
    }

    group_regions all = planned.keep;
    all.insert(all.end(), planned.remove.begin(), planned.remove.end());
    std::sort(all.begin(), all.end());
    group_regions before = group;
    std::sort(before.begin(), before.end());
    BOOST_TEST((all == before), "each region is either kept or removed");
    sector_set kept;
    for (const group_region& m : planned.keep) add_to(kept, m.range);
    if (options.max_regions == 0) {
        for (const group_region& m : planned.remove) {
            sector_set overlap = kept;
            const auto size = overlap.size();
            add_to(overlap, m.range);
            const bool is_clear = overlap.size() == size + m.range.length.count();
            const bool fits = options.rule == region_rule::exact ? std::ranges::find(file, m.range) != file.end()
                                                                 : is_within(m.range, occupied);
            BOOST_TEST((!fits || !is_clear), "a region that fits was removed");
        }
    }
    BOOST_TEST(make_plan(file, carried_out(planned), options).changes_nothing(), "planned again, it changes something");
}

BOOST_AUTO_TEST_CASE(random_plans_agree_with_sets) {
    const unsigned seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 3000; ++i) {
        BOOST_TEST_CONTEXT("seed " << seed << ", case " << i) {
            const ranges file = i % 50 == 0 ? ranges{} : random_file(random, 60);
            const group_regions group = random_regions(random, 60, file);
            check_against_sets(file, group, {});
            check_against_sets(file, group, {.rule = region_rule::exact});
            check_against_sets(file, group, {.max_regions = 1 + static_cast<std::size_t>(i % 7)});
        }
    }
}

// Returns true if the growth needed no plan.
bool check_growth_against_plan(const ranges& file, const group_regions& group, const plan_options& options) {
    const plan planned = make_plan(file, group, options);
    const bool ascends =
        std::ranges::is_sorted(group, {}, [](const group_region& m) { return std::pair(m.range.start, m.id); });
    const bool bridges = options.max_regions > 0 && file.size() > options.max_regions;
    const auto growth = growth_of(file, group, options);
    BOOST_TEST(growth.has_value() == (ascends && planned.remove.empty() && !bridges));
    if (growth) {
        check_equal(*growth, planned.create);
        BOOST_TEST(planned.bridged.count() == 0u);
    }
    return growth.has_value();
}

BOOST_AUTO_TEST_CASE(random_growth_agrees_with_plan) {
    const unsigned seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    int told = 0;
    for (int i = 0; i < 3000; ++i) {
        BOOST_TEST_CONTEXT("seed " << seed << ", case " << i) {
            const ranges file = i % 50 == 0 ? ranges{} : random_file(random, 60);
            const std::size_t budget = 1 + static_cast<std::size_t>(i % 15);
            for (const plan_options& options :
                 {plan_options{}, plan_options{.rule = region_rule::exact}, plan_options{.max_regions = budget}}) {
                group_regions group = random_regions(random, 60, file);
                told += check_growth_against_plan(file, group, options);
                // Checks the regions that may stay, in order and out of order.
                group = make_plan(file, group, options).keep;
                told += check_growth_against_plan(file, group, options);
                std::shuffle(group.begin(), group.end(), random);
                told += check_growth_against_plan(file, group, options);
            }
        }
    }
    BOOST_TEST(told > 3000, "too few cases in which the growth tells");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
