#include "dmfilemapd/map/file_layout.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <linux/fiemap.h>

using namespace filemap;

namespace {

constexpr std::uint64_t KiB = 1024;

fs::extent extent(std::uint64_t logical, std::uint64_t sector, std::uint64_t length, std::uint32_t flags = 0) {
    return {bytes{logical}, bytes{sector * sector_size}, bytes{length}, flags};
}

sector_range range(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

std::vector<std::uint64_t> column(const layout_bar& bar, bytes layout_cell::*what) {
    std::vector<std::uint64_t> values;
    for (const layout_cell& cell : bar.cells) values.push_back((cell.*what).count());
    return values;
}

std::uint64_t sum(const layout_bar& bar, bytes layout_cell::*what) {
    const auto values = column(bar, what);
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

void check_column(const layout_bar& bar, bytes layout_cell::*what, const std::vector<std::uint64_t>& expected) {
    BOOST_TEST(column(bar, what) == expected, boost::test_tools::per_element());
}

const std::vector<counted_range> nothing_counted;

}  // namespace

BOOST_AUTO_TEST_SUITE(file_picture_test)

BOOST_AUTO_TEST_CASE(sector_kinds_are_distinguished) {
    // The file has a mapped extent, a hole, an extent mapped except for its end, and an extent not written back yet.
    const std::vector<fs::extent> extents{extent(0, 800, 8 * KiB), extent(16 * KiB, 100, 8 * KiB),
                                          extent(24 * KiB, 0, 4 * KiB, FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN)};
    // The last region extends beyond the file's sectors.
    const auto picture =
        make_layout(extents, {range(800, 32), range(100, 8)}, nothing_counted, bytes{30 * KiB}, {.cells = 8});
    BOOST_TEST(picture.size.count() == 30 * KiB);
    BOOST_TEST(picture.extents == 3U);
    BOOST_TEST(picture.allocated.count() == 20 * KiB);
    BOOST_TEST(picture.largest.count() == 8 * KiB);
    BOOST_TEST(picture.regions == 2U);
    BOOST_TEST(picture.mapped.count() == 12 * KiB);
    BOOST_TEST(picture.missing.count() == 4 * KiB);
    BOOST_TEST(picture.bridged.count() == 8 * KiB);
    BOOST_TEST(picture.gaps == 1U);
    BOOST_TEST((picture.order == extent_order{0, 0, 1}));
    BOOST_TEST(picture.unmapped.size() == 1U);
    BOOST_TEST(picture.unmapped.at(fs::unaddressable_reason::not_allocated_yet).count() == 4 * KiB);
    check_column(picture.along_file, &layout_cell::mapped, {4096, 4096, 0, 0, 4096, 0, 0, 0});
    check_column(picture.along_file, &layout_cell::missing, {0, 0, 0, 0, 0, 4096, 0, 0});
    check_column(picture.along_file, &layout_cell::other, {0, 0, 0, 0, 0, 0, 4096, 0});
    BOOST_TEST(picture.along_file.cells[1].place->count() == 808U);
    BOOST_TEST(!picture.along_file.cells[2].place);
    BOOST_TEST(picture.along_device.begin.count() == 100 * sector_size);
    BOOST_TEST(picture.along_device.end.count() == 832 * sector_size);
    BOOST_TEST(sum(picture.along_device, &layout_cell::mapped) == 12 * KiB);
    BOOST_TEST(sum(picture.along_device, &layout_cell::missing) == 4 * KiB);
    BOOST_TEST(sum(picture.along_device, &layout_cell::other) == 8 * KiB);
}

BOOST_AUTO_TEST_CASE(counts_are_spread_over_sectors) {
    const std::vector<fs::extent> extents{extent(0, 800, 8 * KiB), extent(8 * KiB, 100, 8 * KiB)};
    const std::vector<counted_range> counted{{range(800, 16), sectors{7}, sectors{0}},
                                             {range(100, 32), sectors{64}, sectors{32}}};
    const auto picture = make_layout(extents, {range(800, 16), range(100, 32)}, counted, bytes{16 * KiB}, {.cells = 4});
    BOOST_TEST(picture.read.count() == 71 * sector_size);
    BOOST_TEST(picture.written.count() == 32 * sector_size);
    check_column(picture.along_file, &layout_cell::read, {1792, 1792, 8192, 8192});
    check_column(picture.along_file, &layout_cell::written, {0, 0, 4096, 4096});
    // The device bar also contains the counters of other files' sectors.
    BOOST_TEST(sum(picture.along_device, &layout_cell::read) == 71 * sector_size);
    BOOST_TEST(sum(picture.along_device, &layout_cell::written) == 32 * sector_size);
}

BOOST_AUTO_TEST_CASE(areas_are_shaded_separately) {
    const std::vector<fs::extent> extents{extent(0, 800, 16 * KiB)};
    const std::vector<counted_range> counted{{range(800, 16), sectors{0}, sectors{0}},
                                             {range(816, 16), sectors{16}, sectors{0}}};
    const auto picture = make_layout(extents, {range(800, 32)}, counted, bytes{16 * KiB}, {.cells = 4});
    check_column(picture.along_file, &layout_cell::read, {0, 0, 4096, 4096});
}

BOOST_AUTO_TEST_CASE(many_extents_take_no_more_room) {
    constexpr std::size_t many = 100000;
    std::vector<fs::extent> extents;
    std::vector<sector_range> regions;
    std::vector<counted_range> counted;
    for (std::uint64_t i = 0; i < many; ++i) {
        extents.push_back(extent(i * 4 * KiB, 1000 + (many - i) * 16, 4 * KiB));
        regions.push_back(range(1000 + (many - i) * 16, 8));
        counted.push_back({regions.back(), sectors{3}, sectors{5}});
    }
    const auto picture = make_layout(extents, regions, counted, bytes{});
    BOOST_TEST(picture.along_file.cells.size() <= 1024U);
    BOOST_TEST(picture.along_device.cells.size() <= 1024U);
    BOOST_TEST(picture.runs.size() == 64U);
    std::size_t in_stretches = 0;
    for (const layout_run& one : picture.runs) in_stretches += one.extents;
    BOOST_TEST(in_stretches == many);
    BOOST_TEST((picture.order == extent_order{0, 0, many - 1}));
    BOOST_TEST(picture.mapped.count() == many * 4 * KiB);
    BOOST_TEST(sum(picture.along_file, &layout_cell::mapped) == many * 4 * KiB);
    BOOST_TEST(sum(picture.along_file, &layout_cell::read) == many * 3 * sector_size);
    BOOST_TEST(sum(picture.along_device, &layout_cell::written) == many * 5 * sector_size);
}

BOOST_AUTO_TEST_CASE(run_summarises_its_extents) {
    const std::vector<fs::extent> extents{extent(0, 800, 8 * KiB, FIEMAP_EXTENT_UNWRITTEN),
                                          extent(8 * KiB, 100, 4 * KiB),
                                          extent(16 * KiB, 900, 4 * KiB, FIEMAP_EXTENT_LAST)};
    const auto picture = make_layout(extents, {range(800, 8), range(808, 8)}, nothing_counted, bytes{}, {.runs = 2});
    BOOST_TEST_REQUIRE(picture.runs.size() == 2U);
    const layout_run& first = picture.runs[0];
    BOOST_TEST(first.extents == 2U);
    BOOST_TEST(first.end.count() == 12 * KiB);
    BOOST_TEST(first.length.count() == 12 * KiB);
    BOOST_TEST(first.flags == std::uint32_t{FIEMAP_EXTENT_UNWRITTEN});
    BOOST_TEST(first.regions == 2U);
    BOOST_TEST(first.missing.count() == 4 * KiB);
    BOOST_TEST((*first.on_device == range(100, 716)));
    BOOST_TEST(picture.runs[1].logical.count() == 16 * KiB);
    BOOST_TEST(picture.unwritten.count() == 8 * KiB);
}

BOOST_AUTO_TEST_CASE(nothing_is_drawn_as_nothing) {
    const auto empty = make_layout({}, {}, nothing_counted, bytes{});
    BOOST_TEST(empty.along_file.cells.empty());
    BOOST_TEST(empty.along_device.cells.empty());
    BOOST_TEST(empty.runs.empty());
    // The whole file is a hole, and a region is left over.
    const auto hole = make_layout({}, {range(8, 8)}, nothing_counted, bytes{10 * KiB});
    check_column(hole.along_file, &layout_cell::mapped, {0, 0, 0});
    check_column(hole.along_device, &layout_cell::other, {4096});
    // Only a damaged file system reports such extents.
    const auto absurd = make_layout(std::vector{extent(~std::uint64_t{0} - 8, 8, 4096), extent(4096, 16, 0)},
                                    {range(8, 8)}, nothing_counted, bytes{});
    BOOST_TEST(absurd.extents == 2U);
}

// Compares layouts of random files with sets of sectors.
BOOST_AUTO_TEST_CASE(random_files_add_up) {
    const char* given = std::getenv("FILEMAP_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    BOOST_TEST_CONTEXT("FILEMAP_SEED=" << seed) {
        std::mt19937_64 random(seed);
        const auto below = [&](std::uint64_t limit) {
            return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random);
        };
        for (int round = 0; round < 200; ++round) {
            std::vector<fs::extent> extents;
            std::vector<sector_range> regions;
            std::set<std::uint64_t> in_file, in_region;
            std::uint64_t logical = 0, sector = 8;
            for (std::uint64_t i = below(30); i > 0; --i) {
                const std::uint64_t blocks = 1 + below(5);
                sector += 8 * below(3);
                logical += 4096 * below(3);
                extents.push_back(extent(logical, sector, blocks * 4096));
                for (std::uint64_t s = 0; s < blocks * 8; ++s) in_file.insert(sector + s);
                logical += blocks * 4096;
                sector += blocks * 8;
            }
            for (std::uint64_t at = 8 * below(4); at < sector; at += 8 * below(6)) {
                const std::uint64_t length = 1 + below(40);
                regions.push_back(range(at, length));
                for (std::uint64_t s = 0; s < length; ++s) in_region.insert(at + s);
                at += length;
            }
            std::uint64_t mapped = 0, missing = 0;
            for (const std::uint64_t s : in_file) (in_region.contains(s) ? mapped : missing) += sector_size;
            const std::uint64_t bridged = in_region.size() * sector_size - mapped;
            const auto picture = make_layout(extents, regions, nothing_counted, bytes{}, {.cells = 1 + below(40)});
            BOOST_TEST(picture.mapped.count() == mapped);
            BOOST_TEST(picture.missing.count() == missing);
            BOOST_TEST(picture.bridged.count() == bridged);
            for (const layout_bar* bar : {&picture.along_file, &picture.along_device}) {
                BOOST_TEST(sum(*bar, &layout_cell::mapped) == mapped);
                BOOST_TEST(sum(*bar, &layout_cell::missing) == missing);
            }
            BOOST_TEST(sum(picture.along_device, &layout_cell::other) == bridged);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
