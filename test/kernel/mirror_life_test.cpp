// Life of a mirror with a server's log: created, copied, suspended, reloaded, removed.

#include "kernel/mirror_world.hpp"

#include <sstream>
#include <tuple>

namespace filemap::test {
namespace {

std::string words_of(const std::string& line) {
    std::istringstream words(line);
    std::string all;
    for (std::string word; words >> word;) all += (all.empty() ? "" : " ") + word;
    return all;
}

struct life : mirror_world {
    life() { server.start(); }
};

BOOST_FIXTURE_TEST_SUITE(mirror_life, life)

BOOST_AUTO_TEST_CASE(new_mirror_is_copied) {
    for (const std::string log : {"core", "disk", "clustered-core"})
        for (const bool integrated : {false, true})
            for (const bool handle_errors : {false, true}) {
                mirror_world::prepare();
                server.restart();
                mirror_shape shape = mirror_world::shape(log);
                shape.integrated = integrated;
                shape.handle_errors = handle_errors;
                BOOST_TEST_CONTEXT(shape.table()) {
                    mapped_device mirror("m", shape.table());
                    legs_are_equal(shape);
                    const mirror_status now = status_of("m");
                    BOOST_TEST(now.regions == shape.regions());
                    BOOST_TEST(now.health == "AA");
                    BOOST_TEST(now.log == (log == "disk" ? "3 disk /run/logs/m.log A" : "1 " + log));
                    mirror_shape by_number = shape;
                    for (std::string& leg : by_number.legs) leg = number_of_device(leg);
                    BOOST_TEST(words_of(run_or_throw({"dmsetup", "table", "m"})) == by_number.table());

                    writers some(all_of(mirror, shape));
                    BOOST_TEST(wait_until([&] { return some.writes() > 200; }, seconds{30}));
                    BOOST_TEST(some.stop().failures == 0U);
                    legs_are_equal(shape);
                    mirror.remove();
                }
            }
}

BOOST_AUTO_TEST_CASE(write_during_copy_reaches_both_legs) {
    const mapped_device slow("slow", slow_writes(legs[1].node(), milliseconds{10}));
    for (const std::string log : {"core", "disk"}) {
        mirror_shape shape = mirror_world::shape(log);
        shape.legs[1] = slow.node();
        shape.uuid = log;
        mapped_device mirror("m", shape.table());
        writers some(all_of(mirror, shape));
        BOOST_TEST(wait_until([&] { return status_of("m").in_sync > shape.regions() / 2; }, seconds{60}));
        BOOST_TEST(comes_in_sync("m"));
        const written all = some.stop();
        BOOST_TEST(all.failures == 0U);
        BOOST_TEST(all.writes > 0U);
        legs_are_equal(shape);
        mirror.remove();
    }
}

BOOST_AUTO_TEST_CASE(suspend_and_resume_copies_nothing) {
    for (const std::string log : {"core", "disk"}) {
        mirror_shape shape = mirror_world::shape(log);
        shape.uuid = log;
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        writers some(all_of(mirror, shape));
        for (int i = 0; i < 5; ++i) {
            const std::uint64_t before = some.writes();
            BOOST_TEST(wait_until([&] { return some.writes() > before + 20; }, seconds{30}));
            mirror.suspend();
            mirror.resume();
            BOOST_TEST(status_of("m").in_sync == shape.regions());
        }
        BOOST_TEST(some.stop().failures == 0U);
        const std::uint64_t before = copied();
        mirror.suspend();
        mirror.resume();
        legs_are_equal(shape);
        BOOST_TEST(copied() == before);
        mirror.remove();
    }
}

BOOST_AUTO_TEST_CASE(reload_copies_only_new_regions) {
    for (const std::string log : {"core", "disk"}) {
        mirror_world::prepare();
        server.restart();
        mirror_shape shape = mirror_world::shape(log);
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        std::uint64_t before = copied();
        mirror.replace(shape.table());
        legs_are_equal(shape);
        BOOST_TEST(copied() == before);

        mirror_shape grown = shape;
        grown.length += 64 * shape.region;
        mirror.replace(grown.table());
        legs_are_equal(grown);
        BOOST_TEST(status_of("m").regions == grown.regions());
        BOOST_TEST(copied() == before + 64 * shape.region);

        before = copied();
        mirror_shape shrunk = shape;
        shrunk.length /= 2;
        mirror.replace(shrunk.table());
        BOOST_TEST(status_of("m").in_sync == shrunk.regions());
        legs_are_equal(shrunk);
        BOOST_TEST(copied() == before);
        mirror.remove();
    }
}

BOOST_AUTO_TEST_CASE(kill_with_loaded_table_loses_nothing) {
    for (const std::string log : {"core", "disk"}) {
        mirror_world::prepare();
        server.restart();
        const mirror_shape shape = mirror_world::shape(log);
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        mirror.load(shape.table());
        writers some(all_of(mirror, shape));
        BOOST_TEST(wait_until([&] { return some.writes() > 50; }, seconds{30}));
        server.restart();
        const std::uint64_t then = some.writes();
        BOOST_TEST(wait_until([&] { return some.writes() > then + 50; }, seconds{30}));
        mirror.suspend();
        mirror.resume();
        BOOST_TEST(status_of("m").in_sync == shape.regions());
        const std::uint64_t before = some.writes();
        BOOST_TEST(wait_until([&] { return some.writes() > before + 50; }, seconds{30}));
        BOOST_TEST(some.stop().failures == 0U);
        legs_are_equal(shape);
        mirror.remove();
    }
}

BOOST_AUTO_TEST_CASE(cleared_table_changes_nothing) {
    for (const std::string log : {"core", "disk"}) {
        mirror_shape shape = mirror_world::shape(log);
        shape.uuid = log;
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        const std::uint64_t before = copied();
        mirror.load(shape.table());
        run_or_throw({"dmsetup", "clear", "m"});
        mirror.suspend();
        mirror.resume();
        legs_are_equal(shape);
        BOOST_TEST(copied() == before);
        writers some(all_of(mirror, shape));
        BOOST_TEST(wait_until([&] { return some.writes() > 50; }, seconds{30}));
        BOOST_TEST(some.stop().failures == 0U);
        legs_are_equal(shape);
        mirror.remove();
    }
}

BOOST_AUTO_TEST_CASE(recreated_mirror_copies_without_disk_log) {
    for (const std::string log : {"core", "disk"}) {
        mirror_world::prepare();
        server.restart();
        const mirror_shape shape = mirror_world::shape(log);
        mapped_device first("m", shape.table());
        legs_are_equal(shape);
        first.remove();
        const std::uint64_t before = copied();
        mapped_device again("m", shape.table());
        legs_are_equal(shape);
        BOOST_TEST(copied() - before == (log == "core" ? shape.length : 0));
        again.remove();
    }
}

BOOST_AUTO_TEST_CASE(two_mirrors_stay_separate) {
    fill_device("/dev/ram2", mirror_shape().length, 3);
    fill_device("/dev/ram3", mirror_shape().length, 4);
    const mirror_shape one = mirror_world::shape("core");
    mirror_shape other = mirror_world::shape("disk");
    other.legs = {"/dev/ram2", "/dev/ram3"};
    other.uuid = "other";
    other.region = 2 * one.region;
    other.integrated = true;
    mapped_device first("m", one.table());
    mapped_device second("other", other.table());
    writers to_first(all_of(first, one));
    writers to_second(all_of(second, other));
    BOOST_TEST(comes_in_sync("m"));
    BOOST_TEST(comes_in_sync("other"));
    BOOST_TEST(wait_until([&] { return to_first.writes() > 200 && to_second.writes() > 200; }, seconds{30}));
    BOOST_TEST(to_first.stop().failures == 0U);
    BOOST_TEST(to_second.stop().failures == 0U);
    legs_are_equal(one);
    legs_are_equal(other, "other");
    BOOST_TEST(status_of("m").regions == 2 * status_of("other").regions);
    first.remove();
    second.remove();
}

BOOST_AUTO_TEST_CASE(invalid_constructors_are_refused_with_reason) {
    for (const auto& [log, region, options] : {std::tuple{"core", 0U, ""},
                                               {"core", 96U, ""},
                                               {"core", 4U, ""},
                                               {"core", 1U << 31, ""},
                                               {"nonsense", 128U, ""},
                                               {"core", 128U, "nonsense"},
                                               {"core", 128U, "sync nosync"},
                                               {"disk", 128U, ""},

                                               {"disk /run/nowhere/log", 128U, ""},
                                               {"disk /dev/null", 128U, ""}}) {
        mirror_shape shape = mirror_world::shape("core");
        shape.log = log;
        shape.region = region;
        shape.options = options;
        BOOST_TEST_CONTEXT(shape.table()) {
            const int before = server.times_logged("refused: ");
            const program_result refused = run_program({"dmsetup", "create", "m", "--table", shape.table()});
            BOOST_TEST(refused.status != 0);
            BOOST_TEST(server.times_logged("refused: ") == before + 1, server.log());
            (void)run_program({"dmsetup", "remove", "m"});
        }
    }
    // The server still works.
    mapped_device mirror("m", mirror_world::shape("core").table());
    legs_are_equal(mirror_world::shape("core"));
    mirror.remove();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
