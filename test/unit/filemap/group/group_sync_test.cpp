#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace filemap::test {
namespace {

// Performs a round that must succeed and leave the expected state.
sync_report good_round(group_world& world, const ranges& file) {
    const sync_report report = world.round(file);
    BOOST_TEST(report.complete());
    BOOST_TEST(report.missing == 0u);
    BOOST_TEST(world.out_of_sync(file) == "");
    BOOST_TEST(world.complaints() == "");
    return report;
}

std::string words(const group_world& world, std::uint64_t id) {
    const auto row = world.row(id);
    return row ? std::to_string(row->start) + "+" + std::to_string(row->length) + " " + row->aux : "none";
}

// Every second id belongs to another program.
void interleave(group_world& world, std::size_t count) {
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < 2 * count; ++i) ids.push_back(world.add_stranger(at(1 << 23, 8), "-", "other"));
    for (std::size_t i = 0; i < ids.size(); i += 2) world.remove_stranger(ids[i]);
}

BOOST_AUTO_TEST_SUITE(group_sync_suite)

BOOST_AUTO_TEST_CASE(round_without_group_creates_one) {
    group_world world;
    const sync_report report = good_round(world, {at(8, 8), at(100, 50), at(800, 8)});
    BOOST_TEST(report.created == 3u);
    BOOST_TEST(report.listed);
    BOOST_TEST(report.changed());
    BOOST_TEST((world.sync->state().id == group_id{0}));
    BOOST_TEST(words(world, 0) == "8+8 DMS_GROUP=\"file\":0-2#fm-0123456789");
    BOOST_TEST(words(world, 1) == "100+50 fm-0123456789");
}

BOOST_AUTO_TEST_CASE(file_without_extents_creates_nothing) {
    group_world world;
    BOOST_TEST(!good_round(world, {}).changed());
    BOOST_TEST(world.calls == 1u);
    BOOST_TEST(!world.sync->state().id.has_value());
}

BOOST_AUTO_TEST_CASE(unchanged_file_sends_no_message) {
    group_world world;
    const ranges file{at(8, 8), at(100, 50)};
    good_round(world, file);
    world.calls = 0;
    BOOST_TEST(!world.round(file, false).listed);
    BOOST_TEST(world.calls == 0u);
    BOOST_TEST(world.round(file, true).listed);
    BOOST_TEST(world.calls == 1u);
}

BOOST_AUTO_TEST_CASE(append_keeps_regions_and_counts) {
    group_world world;
    const std::uint64_t stranger = world.add_stranger(at(0, 8));
    good_round(world, {at(1000, 8)});
    world.write({at(1000, 8)});
    for (std::uint64_t i = 1; i <= 100; ++i) {
        BOOST_TEST_CONTEXT("append " << i) {
            const sync_report report = good_round(world, {at(1000, 8 + i * 8)});
            BOOST_TEST(report.created == 1u);
            BOOST_TEST(report.removed == 0u);
            world.write({at(1000 + i * 8, 8)});
        }
    }
    for (std::uint64_t i = 0; i <= 100; ++i) {
        const std::uint64_t id = i + 1 + stranger;
        BOOST_TEST(world.row(id)->start == 1000 + i * 8);
        BOOST_TEST(world.writes_counted(id) == 1u);
    }
}

BOOST_AUTO_TEST_CASE(truncation_replaces_one_region_keeps_counts) {
    const ranges before{at(100, 30), at(200, 30), at(300, 30)};
    const struct {
        const char* what;
        ranges after;
        std::size_t created;
    } cases[]{
        {"start", {at(100, 30), at(208, 22), at(300, 30)}, 1},
        {"middle", {at(100, 30), at(200, 10), at(220, 10), at(300, 30)}, 2},
        {"end", {at(100, 30), at(200, 22), at(300, 30)}, 1},
        {"all", {at(100, 30), at(300, 30)}, 0},
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.what) {
            group_world world;
            good_round(world, before);
            world.write(before);
            const sync_report report = good_round(world, c.after);
            BOOST_TEST(report.created == c.created);
            BOOST_TEST(report.removed == 1u);
            BOOST_TEST(world.sync->carried().writes == 1u);
            BOOST_TEST(world.sync->carried().sectors_written == sectors{8});
            BOOST_TEST(world.writes_counted(0) == 1u);
            BOOST_TEST(world.writes_counted(2) == 1u);
        }
    }
}

BOOST_AUTO_TEST_CASE(moved_file_keeps_counts) {
    group_world world;
    const ranges before = spread(5), after = spread(7, 50'000);
    good_round(world, before);
    world.write(before);
    world.write(before);
    const sync_report report = good_round(world, after);
    BOOST_TEST(report.created == 7u);
    BOOST_TEST(report.removed == 5u);
    BOOST_TEST(world.sync->carried().writes == 10u);
}

BOOST_AUTO_TEST_CASE(carried_counters_survive_restart_without_extents) {
    group_world world;
    good_round(world, spread(5));
    world.write(spread(5));
    good_round(world, spread(3, 50'000));
    world.restart();
    good_round(world, spread(3, 50'000));
    BOOST_TEST(world.sync->carried().writes == 5u);
    world.write(spread(3, 50'000));
    good_round(world, {});
    world.restart();
    good_round(world, {});
    BOOST_TEST(world.sync->carried().writes == 8u);
    world.restart();
    good_round(world, spread(2));
    world.restart();
    good_round(world, spread(2));
    BOOST_TEST(world.sync->carried().writes == 8u);
}

BOOST_AUTO_TEST_CASE(counters_of_deleted_group_are_discarded) {
    group_world world;
    good_round(world, spread(5));
    world.write(spread(5));
    good_round(world, spread(3, 50'000));
    for (const listed& row : world.rows()) world.delete_region(row.id);
    world.restart();
    good_round(world, spread(3, 50'000));
    BOOST_TEST(world.sync->carried().writes == 0u);
    BOOST_TEST(world.store->text == "");
}

BOOST_AUTO_TEST_CASE(forgotten_counters_stay_forgotten) {
    group_world world;
    good_round(world, spread(5));
    world.write(spread(5));
    good_round(world, {});
    BOOST_TEST(world.store->text != "");
    world.sync->forget_carried();
    BOOST_TEST(world.store->text == "");
}

BOOST_AUTO_TEST_CASE(unreadable_store_is_reported_counts_restart) {
    group_world world;
    world.store->text = "something else";
    const sync_report report = world.round(spread(3));
    BOOST_TEST(report.complete());
    BOOST_REQUIRE(report.not_stored != nullptr);
    BOOST_TEST(report.not_stored->code == errc::state_malformed);
    BOOST_TEST(world.sync->carried().writes == 0u);
}

BOOST_AUTO_TEST_CASE(group_without_extents_deleted_then_recreated) {
    group_world world;
    world.add_stranger(at(0, 8));
    world.initial.counting = {true, "1000,2000"};
    good_round(world, spread(3));
    const sync_report dissolved = good_round(world, {});
    BOOST_TEST(dissolved.removed == 3u);
    BOOST_TEST(!dissolved.group_removed);
    BOOST_TEST(!world.sync->state().id.has_value());
    BOOST_TEST(!good_round(world, {}).changed());

    world.add_stranger(at(16, 8));
    good_round(world, spread(2));
    BOOST_TEST((world.sync->state().id == group_id{2}));
    BOOST_TEST(words(world, 2) == "1000+8 DMS_GROUP=\"file\":2-3#fm-0123456789 precise_timestamps histogram:1000,2000");
}

BOOST_AUTO_TEST_CASE(leader_deleted_next_region_leads) {
    group_world world;
    const ranges file = spread(3);
    good_round(world, file);
    world.write(file);
    good_round(world, {file[1], file[2]});
    BOOST_TEST((world.sync->state().id == group_id{1}));
    BOOST_TEST(words(world, 0) == "none");
    BOOST_TEST(words(world, 1) == "1016+8 DMS_GROUP=\"file\":1-2#fm-0123456789");
    BOOST_TEST(world.writes_counted(1) == 1u);
}

BOOST_AUTO_TEST_CASE(lower_free_id_becomes_leader) {
    group_world world;
    const std::uint64_t low = world.add_stranger(at(0, 8));
    const std::uint64_t lowest_of_others = world.add_stranger(at(8, 8), "-", "other");
    world.initial.counting = {true, "1000,2000"};
    good_round(world, {at(1000, 8)});
    world.restart();
    world.write({at(1000, 8)});
    world.remove_stranger(low);
    good_round(world, {at(1000, 16)});
    BOOST_TEST((world.sync->state().id == group_id{low}));
    BOOST_TEST(words(world, low) ==
               "1008+8 DMS_GROUP=\"file\":0,2#fm-0123456789 precise_timestamps histogram:1000,2000");
    BOOST_TEST(words(world, 2) == "1000+8 fm-0123456789 precise_timestamps histogram:1000,2000");
    BOOST_TEST(world.writes_counted(2) == 1u);
    BOOST_TEST(lowest_of_others == 1u);
}

BOOST_AUTO_TEST_CASE(dmstats_group_keeps_alias_bytes) {
    for (const std::string alias : {"file", "\"file\"", "", "\"a b\""}) {
        BOOST_TEST_CONTEXT(alias) {
            group_world world;
            const std::uint64_t low = world.add_stranger(at(0, 8));
            world.add_dmstats_group({at(1000, 8), at(2000, 8)}, alias, "mine");
            good_round(world, {at(1000, 16), at(2000, 8)});
            BOOST_TEST(words(world, 1) == "1000+8 DMS_GROUP=" + alias + ":1-3#mine");
            BOOST_TEST(words(world, 2) == "2000+8 -");

            world.remove_stranger(low);
            good_round(world, {at(1000, 24), at(2000, 8)});
            BOOST_TEST(words(world, 0) == "1016+8 DMS_GROUP=" + alias + ":0-3#mine");
            BOOST_TEST(words(world, 1) == "1000+8 fm-0123456789");
        }
    }
}

BOOST_AUTO_TEST_CASE(user_data_goes_with_its_leader) {
    group_world world;
    world.add_dmstats_group({at(1000, 8), at(2000, 8)}, "file", "mine");
    good_round(world, {at(2000, 8)});
    BOOST_TEST(words(world, 1) == "2000+8 DMS_GROUP=file:1#fm-0123456789");
}

BOOST_AUTO_TEST_CASE(group_of_earlier_monitor_keeps_tag) {
    group_world world;
    good_round(world, spread(3));
    world.restart();
    world.initial.id = group_id{0};
    world.initial.owner_tag = "fm-aaaaaaaaaa";
    const sync_report report = world.round(spread(4));
    BOOST_TEST(report.complete());
    BOOST_TEST(world.sync->state().owner_tag == group_world::owner_tag);
    BOOST_TEST(words(world, 3) == "1048+8 fm-0123456789");
}

BOOST_AUTO_TEST_CASE(large_file_is_published_in_steps) {
    group_world world;
    world.check_each = 50;
    const ranges file = spread(1000);
    std::set<std::size_t> sizes;
    std::uint64_t created = 0, created_at_publication = 0;
    bool published = false;
    world.intrude = [&](std::uint64_t, std::string_view text) -> error_code {
        if (text.starts_with("@stats_create")) ++created;
        if (text.starts_with("@stats_set_aux") && created_at_publication == 0) created_at_publication = created;
        // A check after each publication is enough.
        if (text.starts_with("@stats_create") && !published) return {};
        published = text.starts_with("@stats_set_aux");
        if (const auto groups = world.groups(); !groups.empty()) sizes.insert(groups[0].members.size());
        return {};
    };
    world.kernel.limit_memory(std::uint64_t{1} << 30);
    good_round(world, file);
    BOOST_TEST(created_at_publication == 1u);
    const std::vector<std::size_t> wanted{1, 65, 193, 449, 961};
    BOOST_CHECK_EQUAL_COLLECTIONS(sizes.begin(), sizes.end(), wanted.begin(), wanted.end());
    // Six publications of a list and a descriptor each, and the first list.
    BOOST_TEST(world.calls == 1000u + 6 * 2 + 1);
}

BOOST_AUTO_TEST_CASE(long_descriptor_reduces_regions) {
    group_world world;
    world.check_each = 50;
    interleave(world, 1000);
    ranges file = spread(1000);
    // A gap is larger than the others and stays.
    for (std::size_t i = 500; i < file.size(); ++i) file[i].start += sectors{10'000};
    sync_report report = world.round(file);
    BOOST_REQUIRE(report.error != nullptr);
    BOOST_TEST(report.error->code == errc::row_too_long);
    BOOST_TEST(report.missing > 0u);
    BOOST_TEST(world.groups().size() == 1u);
    for (int i = 0; i < 10 && report.error; ++i) report = world.round(file);
    BOOST_TEST(report.complete());
    BOOST_TEST(report.missing == 0u);
    BOOST_TEST(report.bridged > sectors{});
    BOOST_TEST(report.bridged < sectors{8 * 1000});
    BOOST_TEST(world.groups().size() == 1u);
    const std::vector<group_region>& regions = world.sync->state().regions;
    BOOST_TEST(regions.size() > 500u, "shorter than need be");
    for (const sector_range& range : file) {
        BOOST_TEST(std::ranges::count_if(regions, [&](const group_region& m) { return m.range.contains(range); }) == 1);
    }
    const sector_range largest_gap = at(1000 + 500 * 16, 10'000 - 8);
    BOOST_TEST(std::ranges::none_of(regions, [&](const group_region& m) { return m.range.contains(largest_gap); }));
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(row_too_long_is_not_retried) {
    for (const bool by_histogram : {false, true}) {
        BOOST_TEST_CONTEXT((by_histogram ? "histogram" : "name")) {
            group_world world;
            if (by_histogram) {
                world.initial.counting.histogram = "1";
                for (int bound = 2; bound < 1200; ++bound)
                    world.initial.counting.histogram += ',' + std::to_string(bound);
            } else {
                world.initial.alias_part = '"' + std::string(4000, 'n') + '"';
            }
            const sync_report report = world.round(spread(3));
            BOOST_REQUIRE(report.error != nullptr);
            BOOST_TEST(report.error->code == errc::name_too_long);
            BOOST_TEST(is_permanent(report.error->code));
            BOOST_TEST(world.rows().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(dmstats_group_of_long_name_stays) {
    group_world world;
    const std::string name = '"' + std::string(3930, 'n') + '"';
    world.add_dmstats_group({at(1000, 8)}, name);
    const auto before = world.row(0);
    const ranges grown{at(1000, 8), at(2000, 8)};
    // The first attempt has one region less than the second.
    const sync_report with_two = world.round(grown), with_one = world.round(grown);
    BOOST_REQUIRE(with_two.error != nullptr);
    BOOST_TEST(with_two.error->code == errc::row_too_long);
    BOOST_REQUIRE(with_one.error != nullptr);
    BOOST_TEST(with_one.error->code == errc::name_too_long);
    BOOST_TEST(world.rows().size() == 1u);
    BOOST_TEST(world.row(0)->aux == before->aux);
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(region_limit_is_met_by_bridging) {
    group_world world;
    world.options.max_regions = 10;
    ranges file = spread(40);
    for (std::size_t i = 0; i < file.size(); ++i) file[i].start += sectors{i / 4 * 1000};
    ranges covered;
    for (std::size_t i = 0; i < 10; ++i) covered.push_back(at(file[i * 4].start.count(), 56));
    const sync_report report = world.round(file);
    BOOST_TEST(report.complete());
    BOOST_TEST(report.bridged == sectors{10 * 24});
    BOOST_TEST(world.out_of_sync(covered) == "");
    BOOST_TEST(!world.round(file).changed());
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(growing_file_over_limit_joins_regions) {
    group_world world;
    world.options.max_regions = 8;
    std::uint64_t written = 0;
    for (std::uint64_t i = 1; i <= 40; ++i) {
        good_round(world, {at(1000, i * 8)});
        BOOST_TEST(world.rows().size() <= 8u);
        world.write({at(1000 + i * 8 - 8, 8)});
        ++written;
    }
    BOOST_TEST(world.writes_counted() == written);
}

BOOST_AUTO_TEST_CASE(stop_publishes_partial_group) {
    group_world world;
    std::uint64_t created = 0;
    world.intrude = [&](std::uint64_t, std::string_view text) -> error_code {
        if (text.starts_with("@stats_create") && ++created == 10) world.stop_requested = true;
        return {};
    };
    const sync_report cut_short = world.round(spread(30));
    BOOST_TEST(!cut_short.error);
    BOOST_TEST(cut_short.created == 10u);
    BOOST_TEST(cut_short.missing == 20u);
    BOOST_TEST(world.out_of_sync(spread(10)) == "");
    world.stop_requested = false;
    BOOST_TEST(good_round(world, spread(30)).created == 20u);
}

BOOST_AUTO_TEST_CASE(immediate_stop_keeps_obsolete_group) {
    group_world world;
    good_round(world, spread(3));
    world.stop_requested = true;
    world.round(spread(3, 50'000));
    BOOST_TEST(world.out_of_sync(spread(3)) == "");
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(steps_are_counted_during_round) {
    group_world world;
    group_sync sync({world.kernel, group_world::device}, world.initial, {});
    sync.begin(spread(3), true);
    BOOST_TEST(sync.steps_done() == 0u);
    BOOST_TEST(sync.steps() == 5u);
    BOOST_TEST(!sync.advance(std::chrono::nanoseconds{0}, world.stop_requested));
    BOOST_TEST(sync.steps_done() == 1u);
    BOOST_TEST(sync.advance(std::chrono::hours{1}, world.stop_requested));
    BOOST_TEST(world.out_of_sync(spread(3)) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
