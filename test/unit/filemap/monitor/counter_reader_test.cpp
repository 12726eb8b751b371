#include "monitor/counter_reader.hpp"

#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <filemap/fs/extent_map.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace filemap;
using namespace filemap::test;

namespace {

struct reading_world : group_world {
    /// Reads all parts.
    file_counters read(bool* settled = nullptr) {
        counter_reader reading({kernel, device});
        while (!reading.advance(*sync)) {
        }
        BOOST_TEST_REQUIRE(!reading.failed());
        if (settled) *settled = reading.settled();
        return reading.counters();
    }
    std::uint64_t sectors_written() { return read().total().sectors_written.count(); }

    /// Runs a round; calls @p between before the first step and after each step.
    void round_in_steps(const ranges& file, const std::function<void()>& between) {
        sync->begin(file, true);
        between();
        while (!sync->advance(std::chrono::nanoseconds{0}, stop_requested)) between();
        between();
    }

    /// Writes to each range and adds the sectors to `issued`.
    void write_all(const ranges& where) {
        for (const sector_range& each : where) {
            write({each}, each.length.count());
            issued += each.length.count();
        }
    }

    std::uint64_t issued = 0;
};

/// Returns the intersection.
ranges common(const ranges& a, const ranges& b) {
    ranges both;
    for (const sector_range& x : a) {
        for (const sector_range& y : b) {
            const sectors start = std::max(x.start, y.start), end = std::min(x.end(), y.end());
            if (start < end) both.push_back({start, end - start});
        }
    }
    return both;
}

/// Returns random parts of a file of 64 blocks of 8 sectors.
ranges random_file(std::mt19937& random) {
    ranges file;
    for (std::uint64_t block = 0; block < 64; ++block)
        if (random() % 3 > 0) file.push_back(at(1000 + 8 * block, 8));
    return fs::join_ranges(std::move(file));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(counter_reading_suite, reading_world)

BOOST_AUTO_TEST_CASE(nothing_readable_before_group_known) {
    sync.emplace(dm::statistics{kernel, device}, initial, options);
    counter_reader reading({kernel, device});
    BOOST_TEST(reading.advance(*sync));
    BOOST_TEST(reading.failed() == make_error_code(boost::system::errc::resource_unavailable_try_again));
}

BOOST_AUTO_TEST_CASE(file_without_extents_counted_nothing) {
    round({});
    bool settled = false;
    const file_counters counters = read(&settled);
    BOOST_TEST((counters.total() == dm::counters{}));
    BOOST_TEST(counters.regions == 0u);
    BOOST_TEST(settled);
}

BOOST_AUTO_TEST_CASE(units_follow_the_groups_clock) {
    initial.counting = {true, "1000000,20000000"};
    round({at(1000, 8)});
    write({at(1000, 8)});
    file_counters counters = read();
    BOOST_TEST(counters.unit.count() == 1);
    BOOST_TEST((counters.bounds == std::vector<std::uint64_t>{1'000'000, 20'000'000}));
    BOOST_TEST((counters.live.histogram == std::vector<std::uint64_t>{0, 1, 0}));
    BOOST_TEST(counters.live.write_time == 5'000'000u);
    restart();
    initial.counting = {};
    BOOST_TEST(round({at(1000, 8)}).complete());
    counters = read();
    BOOST_TEST(counters.unit.count() == 1, "an existing group keeps its own clock");
    kernel.remove_device(device);
    kernel.add_device(device, sectors{1 << 20});
    restart();
    round({at(1000, 8)});
    BOOST_TEST(read().unit.count() == 1'000'000);
}

BOOST_AUTO_TEST_CASE(cut_ranges_count_once) {
    const ranges whole{at(1000, 64), at(2000, 64)}, cut{at(1000, 24), at(2040, 24)};
    round(whole);
    round_in_steps(cut, [&] {
        write_all(common(whole, cut));
        BOOST_TEST(sectors_written() == issued);
    });
    BOOST_TEST(sectors_written() == issued);
    BOOST_TEST(read().regions == 2u);
}

BOOST_AUTO_TEST_CASE(moved_file_keeps_totals) {
    round({at(1000, 64)});
    write_all({at(1000, 64)});
    for (const ranges& next : {ranges{at(5000, 64)}, ranges{}, ranges{at(1000, 64)}})
        round_in_steps(next, [&] { BOOST_TEST(sectors_written() == issued); });
}

BOOST_AUTO_TEST_CASE(thousand_remaps_keep_exact_totals) {
    std::mt19937 random(7);
    ranges file = random_file(random);
    round(file);
    for (int i = 0; i < 1000; ++i) {
        ranges next = random_file(random);
        write_all(file);
        BOOST_TEST_REQUIRE(sectors_written() == issued, "before remap " << i);
        std::uint64_t last = issued;
        round_in_steps(next, [&] {
            const std::uint64_t now = sectors_written();
            BOOST_TEST_REQUIRE(now >= last, "in remap " << i);
            last = now;
        });
        BOOST_TEST_REQUIRE(sectors_written() == issued, "after remap " << i);
        file = std::move(next);
    }
}

BOOST_AUTO_TEST_CASE(totals_survive_kill_and_restart) {
    const ranges whole{at(1000, 64), at(2000, 64)}, cut{at(1000, 24), at(2040, 24)};
    std::uint64_t kill_at = 0;
    for (bool was_killed = true; was_killed;) {
        reading_world world;
        world.round(whole);
        world.write_all(whole);
        world.calls = 0;
        was_killed = false;
        ++kill_at;
        world.intrude = [&](std::uint64_t call, std::string_view) {
            if (call == kill_at) throw killed{};
            return error_code();
        };
        try {
            world.round(cut);
        } catch (const killed&) {
            was_killed = true;
        }
        world.intrude = nullptr;
        world.restart();
        world.write_all(cut);
        world.round(cut);
        BOOST_TEST(world.sectors_written() == world.issued, "killed before message " << kill_at);
    }
    BOOST_TEST(kill_at > 10u);
}

BOOST_AUTO_TEST_CASE(failed_message_lowers_no_total) {
    const ranges whole{at(1000, 64), at(2000, 64)}, cut{at(1000, 24), at(2040, 24)};
    std::uint64_t fail_at = 0;
    for (bool has_failed = true; has_failed;) {
        reading_world world;
        world.round(whole);
        world.write_all(whole);
        world.calls = 0;
        has_failed = false;
        ++fail_at;
        world.intrude = [&](std::uint64_t call, std::string_view) {
            if (call != fail_at) return error_code();
            has_failed = true;
            return make_error_code(boost::system::errc::not_enough_memory);
        };
        world.round(cut);
        world.intrude = nullptr;
        BOOST_TEST(world.sectors_written() == world.issued, "message " << fail_at << " failed");
        // Ranges without a region are not counted.
        world.write_all(cut);
        std::uint64_t last = world.issued - 2 * 24;
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(world.sectors_written() >= last, "message " << fail_at << " failed");
            last = world.sectors_written();
            world.round(cut);
        }
        BOOST_TEST(world.out_of_sync(cut) == "");
    }
    BOOST_TEST(fail_at > 10u);
}

BOOST_AUTO_TEST_CASE(region_deleted_during_reading_counts_once) {
    const ranges before = spread(200);
    ranges after(before.begin() + 100, before.end());
    check_each = 50;
    round(before);
    write_all(before);
    counter_reader reading({kernel, device});
    BOOST_TEST(!reading.advance(*sync));
    // Some of the first 100 regions have been read.
    round(after);
    while (!reading.advance(*sync)) {
    }
    BOOST_TEST(!reading.failed());
    BOOST_TEST(reading.counters().total().sectors_written.count() == issued);
    BOOST_TEST(reading.counters().regions == 100u);
}

BOOST_AUTO_TEST_CASE(reading_costs_one_message_per_region) {
    const ranges file = spread(100);
    check_each = 50;
    round(file);
    kernel.before_each_message([](std::uint64_t, device_id, std::string_view text) {
        BOOST_TEST(text.starts_with("@stats_print "));
        return error_code();
    });
    counter_reader reading({kernel, device});
    BOOST_TEST(!reading.advance(*sync));
    BOOST_TEST(kernel.messages() == counter_reader::part);
    BOOST_TEST(reading.advance(*sync));
    BOOST_TEST(kernel.messages() == 100u);
}

BOOST_AUTO_TEST_CASE(foreign_clear_keeps_reported_totals) {
    round({at(1000, 8), at(2000, 8)});
    write_all({at(1000, 8), at(2000, 8)});
    monotonic_counters told;
    const auto total = [&] {
        bool settled = false;
        file_counters now = read(&settled);
        if (const auto lost = told.raise(now, settled, 0)) sync->carry_lost(*lost);
        return now.total().sectors_written.count();
    };
    BOOST_TEST(total() == 16u);
    BOOST_TEST(dm::statistics(kernel, device).clear(region_id{0}).has_value());
    BOOST_TEST(total() == 16u);
    write_all({at(1000, 8)});
    BOOST_TEST(total() == 24u);
    delete_region(1);
    others_at_work = true;
    BOOST_TEST(total() == 24u);
    write_all({at(1000, 8)});
    BOOST_TEST(total() == 32u);
    round({at(1000, 8), at(2000, 8)});
    round({at(1000, 8), at(2000, 8)});
    write_all({at(2000, 8)});
    BOOST_TEST(total() == 40u);
}

BOOST_AUTO_TEST_CASE(temporarily_low_totals_add_nothing) {
    monotonic_counters told;
    file_counters high, low;
    high.live.reads = 10;
    low.live.reads = 4;
    BOOST_TEST(!told.raise(high, true, 0));
    file_counters passing = low;
    BOOST_TEST(!told.raise(passing, false, 0));
    BOOST_TEST(passing.total().reads == 10u);
    file_counters again = high;
    BOOST_TEST(!told.raise(again, true, 0));
    BOOST_TEST(again.total().reads == 10u);
    file_counters less = low;
    const auto lost = told.raise(less, true, 0);
    BOOST_TEST(less.total().reads == 10u);
    BOOST_TEST_REQUIRE(lost.has_value());
    BOOST_TEST(lost->reads == 6u);
}

BOOST_AUTO_TEST_CASE(other_counting_options_restart_totals) {
    monotonic_counters told;
    file_counters before, after;
    before.live.reads = 10;
    after.live.reads = 4;
    BOOST_TEST(!told.raise(before, true, 0));
    BOOST_TEST(!told.raise(after, true, 1));
    BOOST_TEST(after.total().reads == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
