#include "dmfilemapd/hot/hot_spots.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace filemap;

namespace {

constexpr std::uint64_t MiB = 2048, GiB = 1024 * MiB, TiB = 1024 * GiB;

sector_range range(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

struct load {
    sector_range where;
    /// Number of reads per interval, of 8 sectors each, evenly distributed.
    std::uint64_t reads = 0;
};

/// Simulated device with given loads. Only one region exists at a time.
class device {
public:
    device(std::uint64_t size, std::vector<load> loads) : size_(size), loads_(std::move(loads)) {}

    hot_spots scan(hot_spot_limits limits = {}) {
        hot_spots found(sectors{size_}, limits);
        double seconds = 0;
        const auto counted_for = [&] { return std::chrono::duration<double>(seconds); };
        for (auto next = found.begin(); next != hot_spots::action::done; next = found.resume(rows_, counted_for())) {
            if (next == hot_spots::action::probe) {
                make_region(found);
                seconds = 0;
            }
            pass_interval();
            seconds += interval;
            BOOST_TEST_REQUIRE(++intervals < 1000U);
        }
        return found;
    }

    std::uint64_t intervals = 0;
    /// Length of an interval in seconds.
    double interval = 1;
    std::vector<std::string> regions;
    /// Number of the first interval without reads.
    std::uint64_t quiet_from = ~std::uint64_t{0};

private:
    void make_region(const hot_spots& found) {
        regions.push_back(to_string(found.probed()) + '/' + std::to_string(found.step().count()));
        rows_.clear();
        for (std::uint64_t at = found.probed().start.count(); at < found.probed().end().count();
             at += found.step().count())
            rows_.push_back({range(at, found.step().count()), {}});
        BOOST_TEST(found.probed().end().count() <= size_);
    }

    void pass_interval() {
        if (intervals >= quiet_from) return;
        for (const load& each : loads_) {
            std::uniform_int_distribution<std::uint64_t> block(0, each.where.length.count() / 8 - 1);
            for (std::uint64_t i = 0; i < each.reads; ++i) read(each.where.start.count() + 8 * block(random_));
        }
    }

    void read(std::uint64_t sector) {
        for (dm::area_counters& row : rows_) {
            if (sector < row.area.start.count() || sector >= row.area.end().count()) continue;
            ++row.counted.reads;
            row.counted.sectors_read += sectors{8};
        }
    }

    std::uint64_t size_;
    std::vector<load> loads_;
    std::vector<dm::area_counters> rows_;
    // Fixed seed, so that the test is reproducible. The rules must hold for any seed.
    std::mt19937_64 random_{7};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hot_spots_test)

BOOST_AUTO_TEST_CASE(one_spot_needs_four_regions) {
    device disk(TiB, {{range(700 * GiB + 5 * MiB, 128), 500}});
    const hot_spots found = disk.scan();
    const auto spots = found.spots();
    BOOST_TEST_REQUIRE(spots.size() == 1U);
    BOOST_TEST(spots[0].range.length.count() <= 2 * 128U);
    BOOST_TEST(spots[0].range.contains(range(700 * GiB + 5 * MiB, 128)));
    BOOST_TEST(spots[0].rate.reads == 500.0);
    BOOST_TEST(spots[0].rate.sectors_read == 4000.0);
    BOOST_TEST(found.probes() <= 4U);
    BOOST_TEST(disk.intervals == found.probes());
    BOOST_TEST(disk.regions.at(0) == to_string(range(0, TiB)) + '/' + std::to_string(TiB / 64));
}

BOOST_AUTO_TEST_CASE(spots_are_separate_and_sorted) {
    device disk(100 * GiB + 8,
                {{range(90 * GiB, 8 * MiB), 2000}, {range(3 * GiB, 128), 500}, {range(0, 100 * GiB), 300}});
    const auto spots = disk.scan().spots();
    BOOST_TEST_REQUIRE(spots.size() == 2U);
    // The larger spot is found with a tolerance of 1 MiB at its start and 2 MiB in its length.
    BOOST_TEST(spots[0].range.start.count() <= 90 * GiB + MiB);
    BOOST_TEST(spots[0].range.start.count() + MiB >= 90 * GiB);
    BOOST_TEST(spots[0].range.length.count() <= 10 * MiB);
    BOOST_TEST(spots[0].range.length.count() >= 6 * MiB);
    BOOST_TEST(spots[0].rate.requests() > 1500.0);
    // The scan may omit an area that holds a small part of the spot.
    BOOST_TEST(spots[1].range.start.count() + 128 > 3 * GiB);
    BOOST_TEST(spots[1].range.start.count() < 3 * GiB + 128);
    BOOST_TEST(spots[1].range.length.count() <= 2 * 128U);
}

BOOST_AUTO_TEST_CASE(even_load_is_one_spot) {
    device disk(10 * GiB, {{range(0, 10 * GiB), 1000}});
    const auto spots = disk.scan().spots();
    BOOST_TEST_REQUIRE(spots.size() == 1U);
    BOOST_TEST((spots[0].range == range(0, 10 * GiB)));
}

BOOST_AUTO_TEST_CASE(a_quiet_device_has_none) {
    device disk(10 * GiB, {});
    const hot_spots found = disk.scan();
    BOOST_TEST(found.spots().empty());
    BOOST_TEST(found.probes() == 1U);
    BOOST_TEST(found.all().requests() == 0.0);
    // The scan has used all waits for I/O.
    BOOST_TEST(disk.intervals == hot_spot_limits{}.max_waits);
    BOOST_TEST(device(0, {}).scan().spots().empty());
}

BOOST_AUTO_TEST_CASE(few_requests_are_waited_for) {
    device disk(TiB, {{range(5 * GiB, 8), 60}});
    const hot_spots found = disk.scan();
    BOOST_TEST_REQUIRE(found.spots().size() == 1U);
    BOOST_TEST(found.spots()[0].rate.reads == 60.0);
    BOOST_TEST(disk.intervals == 4 * found.probes());
}

BOOST_AUTO_TEST_CASE(rates_use_elapsed_time) {
    device disk(TiB, {{range(5 * GiB, 8), 60}});
    disk.interval = 0.5;
    const hot_spots found = disk.scan();
    BOOST_TEST_REQUIRE(found.spots().size() == 1U);
    BOOST_TEST(found.spots()[0].rate.reads == 120.0);
    BOOST_TEST(found.all().sectors_read == 960.0);
}

BOOST_AUTO_TEST_CASE(what_cools_down_is_no_spot) {
    device disk(TiB, {{range(5 * GiB, 8), 500}});
    disk.quiet_from = 2;
    const hot_spots found = disk.scan();
    BOOST_TEST(found.spots().empty());
    BOOST_TEST(found.all().reads == 500.0);
}

BOOST_AUTO_TEST_CASE(small_device_has_minimum_area_size) {
    device disk(1000, {{range(0, 8), 500}});
    const auto spots = disk.scan().spots();
    BOOST_TEST(disk.regions.at(0) == "0+1000/128");
    BOOST_TEST(disk.regions.size() == 1U);
    BOOST_TEST_REQUIRE(spots.size() == 1U);
    BOOST_TEST((spots[0].range == range(0, 128)));
    // The range is smaller than an area.
    device tiny(24, {{range(0, 24), 500}});
    BOOST_TEST((tiny.scan().spots().at(0).range == range(0, 24)));
}

BOOST_AUTO_TEST_CASE(limits_hold_for_any_load) {
    for (unsigned many = 1; many < 40; ++many) {
        std::vector<load> loads;
        for (std::uint64_t i = 0; i < many; ++i)
            loads.push_back({range((i * i * 37 + i) * GiB / 3 / 8 * 8, 8 + 8 * i * i * i), 3000 / many});
        device disk(40000 * GiB, loads);
        hot_spot_limits limits;
        limits.max_spots = 5;
        limits.max_probes = 12;
        const hot_spots found = disk.scan(limits);
        BOOST_TEST(found.probes() <= 12U);
        // The scan finds hot spots within its last region together.
        BOOST_TEST(found.spots().size() <= 5U);
        BOOST_TEST(!found.spots().empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
