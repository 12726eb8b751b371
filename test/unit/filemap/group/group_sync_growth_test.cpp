// Estimates of growth over rounds that fail or are killed. No write counts twice.
#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

namespace filemap::test {
namespace {

fs::extent written(std::uint64_t in_file, std::uint64_t on_device) {
    return {to_bytes(sectors{in_file}), to_bytes(sectors{on_device}), to_bytes(sectors{8}), 0};
}

struct phase {
    std::vector<fs::extent> file;
    /// Sectors written since the previous phase.
    ranges writes;
};

const std::vector<phase>& phases() {
    static const fs::extent a = written(0, 1000), b = written(16, 2000), c = written(32, 3000), d = written(48, 1000);
    static const std::vector<phase> all{
        {{}, {}},
        {{a}, {at(1000, 8)}},
        {{a, b}, {at(2000, 8)}},
        {{a, b, c}, {at(3000, 8), at(1000, 8)}},
        {{a}, {}},
        {{}, {}},
        {{c, d}, {at(1000, 8), at(3000, 8)}},
        {{c, d}, {}},
        {{c, d}, {at(3000, 8)}},
        {{c, d}, {}},
    };
    return all;
}

std::uint64_t told(const group_world& world) {
    const std::uint64_t inferred = world.sync ? world.sync->inferred().count() : 0;
    return inferred + world.writes_counted() * 8;
}

/// Runs the phases; restarts a killed one. @return All sectors written.
std::uint64_t live(group_world& world) {
    std::uint64_t truth = 0;
    for (const phase& each : phases()) {
        world.write(each.writes);
        truth += each.writes.size() * 8;
        const fs::extent_map map = fs::make_extent_map(each.file);
        try {
            world.round(map, !world.sync.has_value());
        } catch (const killed&) {
            world.restart();
        }
    }
    const auto intrude = std::exchange(world.intrude, nullptr);
    world.round(fs::make_extent_map(phases().back().file), !world.sync.has_value());
    return truth;
}

/// Kernel that reports this much I/O in flight in each area.
struct busy_kernel final : dm::kernel {
    busy_kernel() { simulated.add_device(group_world::device, sectors{1 << 24}); }

    result<std::string> message(device_id device, std::string_view text, std::size_t answer_size) override {
        auto answer = simulated.message(device, text, answer_size);
        if (!answer || !text.starts_with("@stats_print ")) return answer;
        std::string rows;
        for (dm::area_counters& row : dm::parse_counters(*answer).value()) {
            row.counted.in_flight = in_flight;
            rows += dm::format_counters(row);
        }
        return rows;
    }

    dm::simulated_kernel simulated;
    std::uint64_t in_flight = 0;
};

sectors refresh_at(group_sync& sync, const std::vector<fs::extent>& extents, bool first) {
    const fs::extent_map map = fs::make_extent_map(extents);
    sync.observe_growth(map, first);
    sync.begin(map.ranges, first);
    while (!sync.advance(std::chrono::nanoseconds{0}, std::atomic<bool>(false))) {
    }
    return sync.inferred();
}

BOOST_AUTO_TEST_SUITE(group_sync_growth)

BOOST_AUTO_TEST_CASE(growth_is_complete_across_region_changes) {
    group_world world;
    const std::uint64_t truth = live(world);
    BOOST_TEST(told(world) == truth);
    BOOST_TEST(world.sync->inferred() == sectors{40});
    BOOST_TEST(!world.sync->growth_unresolved());
    BOOST_TEST(world.complaints() == "");
    world.restart();
    world.round(fs::make_extent_map(phases().back().file), true);
    BOOST_TEST(told(world) == truth);
}

BOOST_AUTO_TEST_CASE(kill_does_not_double_estimate) {
    group_world whole;
    live(whole);
    BOOST_REQUIRE(whole.calls > 20u);
    for (std::uint64_t k = 1; k <= whole.calls; ++k) {
        BOOST_TEST_CONTEXT("killed before call " << k << " of " << whole.calls) {
            group_world world;
            world.intrude = [k](std::uint64_t call, std::string_view) -> error_code {
                if (call == k) throw killed{};
                return {};
            };
            const std::uint64_t truth = live(world);
            BOOST_TEST(told(world) <= truth);
            BOOST_TEST(world.complaints() == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(failed_message_does_not_double_estimate) {
    group_world whole;
    live(whole);
    for (std::uint64_t k = 1; k <= whole.calls; ++k) {
        BOOST_TEST_CONTEXT("call " << k << " of " << whole.calls << " fails") {
            group_world world;
            world.intrude = [k](std::uint64_t call, std::string_view) {
                return call == k ? error_code(ENOMEM, boost::system::system_category()) : error_code();
            };
            const std::uint64_t truth = live(world);
            BOOST_TEST(told(world) <= truth);
        }
    }
}

BOOST_AUTO_TEST_CASE(region_with_io_in_flight_waits) {
    busy_kernel kernel;
    group_sync sync({kernel, group_world::device}, group_world().initial, {});
    const auto refresh = [&](const std::vector<fs::extent>& extents, bool first) {
        return refresh_at(sync, extents, first);
    };
    refresh({}, true);
    refresh({written(0, 1000), written(8, 2000)}, false);
    kernel.in_flight = 1;
    BOOST_TEST(refresh({written(0, 1000), written(8, 2000)}, false) == sectors{0});
    BOOST_TEST(sync.growth_unresolved());
    // A region counted the write, because the file system had listed the write as done too early.
    kernel.in_flight = 0;
    kernel.simulated.complete_io(group_world::device, dm::io_direction::write, at(1000, 8));
    BOOST_TEST(refresh({written(0, 1000), written(8, 2000)}, false) == sectors{8});
    BOOST_TEST(!sync.growth_unresolved());
}

BOOST_AUTO_TEST_CASE(permanently_busy_region_is_skipped) {
    busy_kernel kernel;
    group_sync sync({kernel, group_world::device}, group_world().initial, {});
    const auto refresh = [&](const std::vector<fs::extent>& extents, bool first) {
        return refresh_at(sync, extents, first);
    };
    refresh({}, true);
    refresh({written(0, 1000)}, false);
    kernel.in_flight = 1;
    for (int refreshes = 0; refreshes < 100 && (refreshes == 0 || sync.growth_unresolved()); ++refreshes)
        refresh({written(0, 1000)}, false);
    BOOST_TEST(!sync.growth_unresolved());
    BOOST_TEST(sync.inferred() == sectors{0});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
