// Rounds while other programs change the regions of the device.
#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace filemap::test {
namespace {

const ranges before{at(1000, 8), at(2000, 8), at(3000, 8)};
// Cuts the leader, grows the second region, removes the third, and adds one.
const ranges after{at(1000, 4), at(2000, 16), at(4000, 8)};

std::size_t regions_of_ours(const group_world& world) {
    const auto rows = world.rows();
    return static_cast<std::size_t>(std::ranges::count_if(
        rows, [](const listed& row) { return row.aux.find(group_world::owner_tag) != std::string::npos; }));
}

void remove_group(group_world& world) {
    const auto groups = world.groups();
    for (const described& group : groups)
        for (const std::uint64_t id : group.members)
            if (world.row(id)) world.delete_region(id);
}

std::uint64_t messages_of_an_undisturbed_round() {
    group_world world;
    world.round(before);
    world.calls = 0;
    BOOST_TEST(world.round(after).complete());
    return world.calls;
}

// Result of the rounds after a disturbance.
enum class outcome { in_sync, group_removed, neither };

outcome settle(group_world& world, sync_report report, const ranges& file) {
    for (int i = 0; i < 3 && !report.group_removed; ++i) {
        if (report.complete() && world.out_of_sync(file) == "") return outcome::in_sync;
        report = world.round(file);
    }
    if (report.group_removed) return outcome::group_removed;
    return world.out_of_sync(file) == "" ? outcome::in_sync : outcome::neither;
}

BOOST_AUTO_TEST_SUITE(group_sync_others_suite)

BOOST_AUTO_TEST_CASE(group_deleted_between_rounds_stays_deleted) {
    group_world world;
    const std::uint64_t stranger = world.add_stranger(at(0, 8));
    world.round(before);
    remove_group(world);
    const sync_report report = world.round(after);
    BOOST_TEST(report.group_removed);
    BOOST_TEST(!report.error);
    BOOST_TEST(!report.changed());
    BOOST_TEST(world.rows().size() == 1u);
    BOOST_TEST(world.row(stranger).has_value());
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(group_ungrouped_between_rounds_keeps_regions) {
    group_world world;
    world.round(before);
    dm::statistics other(world.kernel, group_world::device);
    BOOST_REQUIRE(other.set_aux(region_id{0}, "-").has_value());
    world.sync->begin(before, true);
    BOOST_TEST(world.sync->report().group_removed);
    BOOST_TEST(world.sync->advance(std::chrono::hours{1}, world.stop_requested));
    BOOST_TEST(world.rows().size() == 3u);
}

BOOST_AUTO_TEST_CASE(unpublished_regions_of_deleted_group_deleted) {
    group_world world;
    world.others_at_work = true;
    world.round(before);
    world.intrude = [&](std::uint64_t, std::string_view text) -> error_code {
        return text.starts_with("@stats_set_aux 0 ") ? error_code(ENOMEM, boost::system::system_category())
                                                     : error_code();
    };
    const ranges grown{at(1000, 16), at(2000, 8), at(3000, 8)};
    BOOST_TEST(world.round(grown).error != nullptr);
    BOOST_TEST(world.rows().size() == 4u);
    world.intrude = nullptr;
    remove_group(world);
    const sync_report report = world.round(grown);
    BOOST_TEST(report.group_removed);
    BOOST_TEST(report.removed == 1u);
    BOOST_TEST(world.rows().empty());
}

BOOST_AUTO_TEST_CASE(group_deleted_during_round_is_consistent) {
    const std::uint64_t messages = messages_of_an_undisturbed_round();
    std::size_t removed = 0;
    for (std::uint64_t k = 1; k <= messages; ++k) {
        BOOST_TEST_CONTEXT("before message " << k) {
            group_world world;
            world.add_stranger(at(0, 8));
            world.round(before);
            world.calls = 0;
            world.others_at_work = true;
            world.intrude = [&, k](std::uint64_t call, std::string_view) -> error_code {
                if (call == k) remove_group(world);
                return {};
            };
            const sync_report report = world.round(after);
            world.intrude = nullptr;
            const outcome found = settle(world, report, after);
            BOOST_TEST((found != outcome::neither));
            if (found == outcome::group_removed) {
                ++removed;
                BOOST_TEST(regions_of_ours(world) == 0u);
            }
            BOOST_TEST(world.complaints() == "");
        }
    }
    // The deletion is unknown only between the list and the descriptor of a new leader.
    BOOST_TEST(removed + 1 >= messages);
}

BOOST_AUTO_TEST_CASE(region_deleted_by_program_is_recreated) {
    for (const std::uint64_t id : {1, 2}) {
        BOOST_TEST_CONTEXT("region " << id) {
            group_world world;
            world.others_at_work = true;
            world.round(before);
            world.delete_region(id);
            const sync_report report = world.round(before);
            BOOST_TEST(report.complete());
            BOOST_TEST(report.created == 1u);
            BOOST_TEST(world.out_of_sync(before) == "");
        }
    }
}

// Adds a region as `dmstats update_filemap` does.
void add_fourth_region(group_world& world, const std::string& range) {
    const std::string id = world.kernel.message(group_world::device, "@stats_create " + range + " 8 0 dmstats").value();
    std::string descriptor = world.row(0)->aux;
    descriptor.replace(descriptor.find(":0-2#"), 5, ":0-2," + id + "#");
    BOOST_TEST(world.kernel.message(group_world::device, "@stats_set_aux 0 " + descriptor).has_value());
}

BOOST_AUTO_TEST_CASE(region_added_between_rounds_stays) {
    group_world world;
    world.round(before);
    // The round is about to create a region for the same growth.
    add_fourth_region(world, "4000+8");

    ranges grown = before;
    grown.push_back(at(4000, 8));
    const sync_report first = world.round(grown, false);
    BOOST_REQUIRE(first.error != nullptr);
    BOOST_TEST(!is_permanent(first.error->code));
    BOOST_TEST(world.round(grown).complete());
    BOOST_TEST(world.out_of_sync(grown) == "");
    BOOST_TEST(world.rows().size() == 4u);
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(region_added_before_publication_stays) {
    for (const bool is_of_the_file : {true, false}) {
        BOOST_TEST_CONTEXT((is_of_the_file ? "of the file" : "of no file")) {
            group_world world;
            world.round(before);
            world.calls = 0;
            const ranges grown{at(1000, 8), at(2000, 8), at(3000, 8), at(4000, 8)};
            // The first message lists the regions, the second is to create one.
            world.intrude = [&](std::uint64_t call, std::string_view) -> error_code {
                if (call == 2) add_fourth_region(world, is_of_the_file ? "4000+8" : "7000+8");
                return {};
            };
            sync_report report = world.round(grown);
            world.intrude = nullptr;
            BOOST_TEST(world.complaints() == "");
            BOOST_REQUIRE(report.error != nullptr);
            BOOST_TEST(!is_permanent(report.error->code));
            BOOST_TEST(world.round(grown).complete());
            BOOST_TEST(world.out_of_sync(grown) == "");
            BOOST_TEST(world.rows().size() == 4u);
            BOOST_TEST(world.complaints() == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(reused_region_id_is_untouched) {
    for (const std::uint64_t id : {1, 2}) {
        for (const bool disturbed_file : {false, true}) {
            BOOST_TEST_CONTEXT("region " << id << (disturbed_file ? ", the file has changed" : "")) {
                group_world world;
                world.round(before);
                world.delete_region(id);
                BOOST_REQUIRE(world.add_stranger(at(7000, 8)) == id);
                // The descriptor lists the id until the round.
                world.others_at_work = true;
                const ranges& file = disturbed_file ? after : before;
                const sync_report report = world.round(file);
                BOOST_TEST(report.complete());
                BOOST_TEST(world.out_of_sync(file) == "");
                BOOST_TEST(world.row(id)->start == 7000u);
                BOOST_TEST(world.row(id)->aux == "-");
                BOOST_TEST(world.complaints() == "");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(reused_leader_id_is_untouched) {
    group_world world;
    world.round(before);
    world.delete_region(0);
    BOOST_REQUIRE(world.add_stranger(at(7000, 8), "DMS_GROUP=\"file\":@#-") == 0u);
    const sync_report report = world.round(after);
    BOOST_TEST(report.group_removed);
    BOOST_TEST(world.row(0)->aux == "DMS_GROUP=\"file\":0#-");
    BOOST_TEST(world.complaints() == "");
}

// Deletes a region of the group before message k and creates one with its id, as another program would.
void take_during_round(std::uint64_t id, std::uint64_t k) {
    group_world world;
    world.round(before);
    world.calls = 0;
    world.others_at_work = true;
    bool taken = false;
    world.intrude = [&](std::uint64_t call, std::string_view text) -> error_code {
        // A program cannot detect a deletion between its last read and its own deletion.
        if (call == k && world.row(id) && text != "@stats_delete " + std::to_string(id)) {
            world.delete_region(id);
            while (world.add_stranger(at(7000, 8)) != id) {
            }
            taken = true;
        }
        return {};
    };
    const sync_report report = world.round(after);
    world.intrude = nullptr;
    BOOST_TEST((settle(world, report, after) != outcome::neither));
    if (!taken) return;
    BOOST_REQUIRE(world.row(id).has_value());
    BOOST_TEST(world.row(id)->start == 7000u);
    BOOST_TEST(world.row(id)->aux == "-");
    BOOST_TEST(world.complaints() == "");
}

BOOST_AUTO_TEST_CASE(id_reused_during_round_is_untouched) {
    const std::uint64_t messages = messages_of_an_undisturbed_round();
    for (std::uint64_t id = 0; id < 6; ++id) {
        for (std::uint64_t k = 1; k <= messages; ++k)
            BOOST_TEST_CONTEXT("region " << id << " before message " << k) take_during_round(id, k);
    }
}

BOOST_AUTO_TEST_CASE(foreign_regions_are_never_touched) {
    group_world world;
    world.add_stranger(at(1000, 8));
    world.add_stranger(at(2000, 8), "fm-bbbbbbbbbb");
    world.add_stranger(at(3000, 8), "DMS_GROUP=\"file\":@#-");
    world.add_stranger(at(4000, 8), "DMS_GROUP=\"other\":@#fm-bbbbbbbbbb");
    world.add_stranger(at(1000, 8), "fm-0123456789", "other");
    world.add_stranger(at(1000, 8), "DMS_GROUP=\"file\":@#fm-0123456789", "other");
    for (const ranges& file : {before, after, ranges{}, before}) {
        BOOST_TEST(world.round(file).complete());
        BOOST_TEST(world.out_of_sync(file) == "");
        BOOST_TEST(world.complaints() == "");
        world.restart();
    }
}

BOOST_AUTO_TEST_CASE(failed_list_abandons_shared_plan) {
    group_world world;
    BOOST_REQUIRE(world.round(before).complete());
    dm::statistics device(world.kernel, group_world::device);
    const auto lists = std::make_shared<list_cache>();
    const auto requested_at = std::chrono::steady_clock::now();
    BOOST_REQUIRE(lists->read(device, world.initial.program_id));
    world.restart();
    group_sync sync(device, world.initial, {}, nullptr, lists);
    std::vector<std::string> sent;
    world.kernel.before_each_message([&sent](std::uint64_t, device_id, std::string_view text) {
        sent.emplace_back(text);
        return text.starts_with("@stats_list") ? error_code(ENOMEM, boost::system::system_category()) : error_code();
    });
    sync.begin(spread(5, 50'000), true, requested_at);
    BOOST_TEST(sync.advance(std::chrono::hours{1}, world.stop_requested));
    BOOST_TEST(!sync.report().complete());
    for (const std::string& message : sent) BOOST_TEST(message.starts_with("@stats_list"), message);
}

BOOST_AUTO_TEST_CASE(removed_device_is_reported) {
    group_world world;
    dm::statistics device(world.kernel, group_world::device);
    group_sync sync(device, world.initial, {});
    sync.begin(before, true);
    BOOST_TEST(!sync.advance(std::chrono::nanoseconds{0}, world.stop_requested));
    world.kernel.remove_device(group_world::device);
    BOOST_TEST(sync.advance(std::chrono::hours{1}, world.stop_requested));
    BOOST_REQUIRE(sync.report().error != nullptr);
    BOOST_TEST(sync.report().error->code.value() == ENXIO);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
