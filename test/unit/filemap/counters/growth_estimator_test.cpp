// The estimate never exceeds the uncounted writes, whatever happens to the file.
#include "counters/growth_estimator.hpp"

#include "ranges/compact_ranges.hpp"
#include "ranges/range_set.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>

namespace filemap {
namespace {

using ranges = std::vector<sector_range>;
using pieces = std::vector<fs::written_piece>;

sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

ranges unpacked(const compact_ranges& packed) {
    ranges all;
    compact_ranges::reader reader(packed);
    while (const auto range = reader.next()) all.push_back(*range);
    return all;
}

/// Unit of all sizes: a block of 8 sectors, the size of a write.
constexpr std::uint64_t block = 8;
constexpr std::size_t blocks_of_file = 32, blocks_of_device = 256;

enum class kind { hole, unwritten, written, shared };
struct mapped_block {
    kind what = kind::hole;
    std::size_t place = 0;
    /// Blocks at the last refresh.
    kind seen = kind::hole;
};

/// A simulated file, a device whose regions count, and the true number of writes since monitoring began.
class growing_world {
public:
    // Reserve the start of the device, which holds no data.
    growing_world() : file(blocks_of_file), used(blocks_of_device) { used[0] = true; }

    void allocate(std::size_t i, std::size_t place, kind what = kind::unwritten) {
        file[i].what = what;
        file[i].place = place;
        used[place] = true;
    }
    void write(std::size_t i, std::size_t place) {
        if (file[i].what == kind::hole) allocate(i, place);
        file[i].what = kind::written;
        truth += block;
        for (auto& [region, counted] : regions)
            if (region.range.contains(at(file[i].place * block, block))) counted += block;
    }
    void punch(std::size_t i) {
        if (file[i].what != kind::hole) freed.push_back(file[i].place);
        file[i] = {};
    }
    /// Moves blocks as defragmentation does, without its own writes.
    void move(std::size_t i, std::size_t place) {
        freed.push_back(file[i].place);
        allocate(i, place, file[i].what);
    }
    void insert(std::size_t i) {
        punch(file.size() - 1);
        file.insert(file.begin() + static_cast<std::ptrdiff_t>(i), mapped_block{});
        file.pop_back();
    }
    /// Puts another file at the path.
    void replace() {
        for (std::size_t i = 0; i < file.size(); ++i) punch(i);
        is_first = true;
    }

    [[nodiscard]] fs::extent_map map() const {
        std::vector<fs::extent> extents;
        for (std::size_t i = 0; i < file.size(); ++i) {
            // FIEMAP_EXTENT_UNWRITTEN, FIEMAP_EXTENT_SHARED
            const std::uint32_t flags = file[i].what == kind::unwritten ? 0x800
                                        : file[i].what == kind::shared  ? 0x2000
                                                                        : 0;
            const auto bytes_at = [](std::size_t n) { return to_bytes(sectors{n * block}); };
            if (file[i].what != kind::hole)
                extents.push_back({bytes_at(i), bytes_at(file[i].place), bytes_at(1), flags});
        }
        return fs::make_extent_map(extents);
    }

    /// Performs a refresh and a round. @param meanwhile Runs after the map and before regions are created.
    void round(const std::function<void()>& meanwhile = [] {}) {
        const fs::extent_map mapped = map();
        for (mapped_block& each : file) each.seen = each.what;
        std::vector<group_region> members;
        for (const auto& [region, counted] : regions) members.push_back(region);
        for (const group_region& region : estimator.observe(mapped.written, members, std::exchange(is_first, false)))
            inferred += estimator.resolve(region.range, sectors{regions.at(region)}).count();
        meanwhile();
        const plan planned = make_plan(mapped.ranges, members, options);
        estimator.plan(planned);
        for (const group_region& region : planned.remove) {
            inferred += estimator.resolve(region.range, sectors{regions.at(region)}).count();
            carried += regions.at(region);
            regions.erase(region);
        }
        for (const sector_range& range : planned.create) regions[{region_id{next_id++}, range}] = 0;
        // A write to blocks that return to the file before their region is deleted counts twice.
        for (const std::size_t place : std::exchange(freed, {})) used[place] = false;
    }
    void restart() {
        estimator = {};
        is_first = true;
    }
    [[nodiscard]] bool is_covered(std::size_t place) const {
        return std::ranges::any_of(
            regions, [&](const auto& each) { return each.first.range.contains(at(place * block, block)); });
    }
    [[nodiscard]] std::uint64_t told() const {
        std::uint64_t sum = carried + inferred;
        for (const auto& [region, counted] : regions) sum += counted;
        return sum;
    }

    std::vector<mapped_block> file;
    std::vector<bool> used;
    std::vector<std::size_t> freed;
    std::map<group_region, std::uint64_t> regions;
    plan_options options;
    growth_estimator estimator;
    bool is_first = true;
    std::uint64_t truth = 0, carried = 0, inferred = 0, next_id = 0;
};

BOOST_AUTO_TEST_SUITE(growth_estimator_suite)

BOOST_AUTO_TEST_CASE(packed_ranges_round_trip) {
    const ranges cases[]{{},
                         {at(0, 1)},
                         {at(5, 127), at(132 + 1, 128), at(16'384, 16'385)},
                         {at(std::uint64_t{1} << 40, 1), at((std::uint64_t{1} << 40) + 2, std::uint64_t{1} << 50)}};
    for (const ranges& all : cases) {
        compact_ranges packed;
        for (const sector_range& range : all) packed.append(range);
        BOOST_TEST(unpacked(packed) == all, boost::test_tools::per_element());
    }
    compact_ranges joined;
    for (const sector_range& range : {at(0, 8), at(8, 8), at(20, 0), at(24, 8), at(32, 1)}) joined.append(range);
    BOOST_TEST((unpacked(joined) == ranges{at(0, 16), at(24, 9)}));
}

BOOST_AUTO_TEST_CASE(range_sets_behave_like_sets) {
    const ranges a{at(0, 10), at(20, 10), at(40, 1)}, b{at(5, 20), at(29, 1), at(50, 5)};
    BOOST_TEST((range_sets::intersection(a, b) == ranges{at(5, 5), at(20, 5), at(29, 1)}));
    BOOST_TEST((range_sets::difference(a, b) == ranges{at(0, 5), at(25, 4), at(40, 1)}));
    BOOST_TEST((range_sets::difference(b, a) == ranges{at(10, 10), at(50, 5)}));
    BOOST_TEST((range_sets::part_in(a, at(9, 12)) == ranges{at(9, 1), at(20, 1)}));
    BOOST_TEST(range_sets::part_in(a, at(10, 10)).empty());
    BOOST_TEST(range_sets::total(a) == sectors{21});
    ranges both = a;
    range_sets::unite(both, b);
    BOOST_TEST((both == ranges{at(0, 30), at(40, 1), at(50, 5)}));
}

struct history {
    const char* what;
    std::function<void(growing_world&)> happens;
    std::uint64_t inferred;
};

const std::vector<history>& histories() {
    static const auto grow = [](growing_world& w) {
        w.round();
        for (std::size_t i = 0; i < 4; ++i) w.write(i, 100 + i);
        w.round();
        w.round();
    };
    static const std::vector<history> all{
        {"nothing", [](growing_world& w) { w.round(); }, 0},
        {"the first map", [](growing_world& w) { w.write(0, 100), w.round(), w.round(); }, 0},
        {"written", grow, 4 * block},
        {"written, and a restart before the look that tells",
         [](growing_world& w) { w.round(), w.write(0, 100), w.round(), w.restart(), w.round(), w.round(); }, 0},
        {"written, and a restart after it", [](growing_world& w) { grow(w), w.restart(), w.round(), w.round(); },
         4 * block},
        {"preallocated alone", [](growing_world& w) { w.round(), w.allocate(0, 100), w.round(), w.round(); }, 0},
        {"preallocated, covered, then written",
         [](growing_world& w) { w.round(), w.allocate(0, 100), w.round(), w.write(0, 0), w.round(), w.round(); }, 0},
        {"preallocated, and written while the region is made",
         [](growing_world& w) {
             w.round(), w.allocate(0, 100), w.round([&] { w.write(0, 0); });
             w.round(), w.round();
         },
         block},
        {"written before the region is made, and after that",
         [](growing_world& w) {
             w.round(), w.write(0, 100), w.allocate(1, 101), w.round();
             w.write(1, 0), w.round(), w.round();
         },
         block},
        {"space past the end, written bit by bit",
         [](growing_world& w) {
             w.round(), w.write(0, 100);
             for (std::size_t i = 1; i < 4; ++i) w.allocate(i, 100 + i);
             for (std::size_t i = 1; i < 4; ++i) w.round(), w.write(i, 0);
             w.round(), w.round();
         },
         block},
        {"overwritten", [](growing_world& w) { grow(w), w.write(1, 0), w.round(), w.round(); }, 4 * block},
        {"a reflink", [](growing_world& w) { w.round(), w.allocate(0, 100, kind::shared), w.round(), w.round(); }, 0},
        {"a reflink whose other file goes",
         [](growing_world& w) {
             w.round(), w.allocate(0, 100, kind::shared), w.round(), w.round();
             w.file[0].what = kind::written, w.round(), w.round();
         },
         0},
        {"moved", [](growing_world& w) { grow(w), w.move(0, 200), w.move(3, 300 - 100 + 9), w.round(), w.round(); },
         4 * block},
        {"shifted in the file", [](growing_world& w) { grow(w), w.insert(1), w.round(), w.round(); }, 4 * block},
        {"punched and written again elsewhere",
         [](growing_world& w) { grow(w), w.punch(1), w.round(), w.write(1, 200), w.round(), w.round(); }, 5 * block},
        {"punched and written again on the same blocks",
         [](growing_world& w) { grow(w), w.punch(1), w.round(), w.write(1, 101), w.round(), w.round(); }, 5 * block},
        {"truncated between two looks, and grown again on the same blocks",
         [](growing_world& w) {
             grow(w);
             for (std::size_t i = 0; i < 4; ++i) w.punch(i), w.write(i, 100 + i);
             w.round(), w.round();
         },
         4 * block},
        {"truncated before the look that tells",
         [](growing_world& w) { w.round(), w.write(0, 100), w.write(1, 101), w.round(), w.punch(1), w.round(); },
         2 * block},
        {"newly_written unwritten and written again",
         [](growing_world& w) {
             grow(w), w.file[1].what = kind::unwritten, w.round(), w.write(1, 0), w.round(), w.round();
         },
         4 * block},
        {"replaced by another file, which grows",
         [](growing_world& w) {
             grow(w), w.replace(), w.write(0, 200), w.round(), w.write(1, 201), w.round(), w.round();
         },
         5 * block},
        {"regions joined while it grows",
         [](growing_world& w) {
             w.options.max_regions = 2;
             w.round();
             for (std::size_t i = 0; i < 8; ++i) w.write(i, 100 + i), w.round();
             w.round();
         },
         8 * block},
    };
    return all;
}

BOOST_AUTO_TEST_CASE(history_estimates_uncounted_writes) {
    for (const history& h : histories()) {
        BOOST_TEST_CONTEXT(h.what) {
            growing_world world;
            h.happens(world);
            BOOST_TEST(world.inferred == h.inferred);
            BOOST_TEST(world.told() <= world.truth);
            BOOST_TEST(!world.estimator.has_unresolved());
        }
    }
}

BOOST_AUTO_TEST_CASE(excess_regions_resolve_at_next_refresh) {
    growth_estimator estimator;
    pieces all;
    std::vector<group_region> regions;
    plan planned;
    for (std::uint64_t i = 0; i < growth_estimator::max_resolved + 3; ++i) {
        all.push_back({sectors{i * 16}, at(i * 16, 8), false});
        regions.push_back({region_id{i}, at(i * 16, 8)});
        planned.create.push_back(regions.back().range);
    }
    BOOST_TEST(estimator.observe({}, {}, true).empty());
    estimator.plan({});
    BOOST_TEST(estimator.observe(all, {}, false).empty());
    estimator.plan(planned);
    for (const std::size_t count : {growth_estimator::max_resolved, std::size_t{3}, std::size_t{0}}) {
        const auto resolving = estimator.observe(all, regions, false);
        BOOST_TEST(resolving.size() == count);
        for (const group_region& region : resolving)
            BOOST_TEST(estimator.resolve(region.range, sectors{3}) == sectors{5});
        estimator.plan({});
    }
    BOOST_TEST(!estimator.has_unresolved());
}

class random_life {
public:
    explicit random_life(unsigned seed) : random_(seed) {
        world.options.max_regions = pick(2) == 0 ? 0 : 3 + pick(6);
        shifts_ = pick(2) == 0;
    }

    void step(bool once) {
        const std::size_t i = pick(blocks_of_file);
        const std::size_t place = free_place();
        switch (pick(once ? 3 : 10)) {
            case 0:
                if (world.file[i].what == kind::hole) world.allocate(i, place);
                break;
            case 1:
            case 2:
            case 3:
                if (!once || world.file[i].what != kind::written) world.write(i, place);
                break;
            case 4: world.punch(i); break;
            case 5:
                if (!shifts_ && world.file[i].what != kind::hole && world.file[i].what == world.file[i].seen)
                    world.move(i, place);
                break;
            case 6:
                if (shifts_) world.insert(i);
                break;
            case 7:
                if (world.file[i].what == kind::hole && !shifts_) world.allocate(i, place, kind::shared);
                break;
            case 8:
                if (world.file[i].what == kind::shared && world.file[i].seen == kind::shared)
                    world.file[i].what = kind::written;
                break;
            case 9:
                if (pick(10) == 0) world.replace();
                if (pick(10) == 0) world.restart();
                break;
        }
    }
    /// Blocks count as new if they move in the file and on the device at once, or were first written since the last
    /// refresh. The same holds for blocks shared with a file that is deleted before the next refresh.
    void round(bool once) {
        steps(once);
        // A region about to be deleted also counts sectors that it bridged. A write to such a sector that now belongs
        // to the file counts twice.
        world.round([&] {
            avoids_regions_ = true;
            steps(once);
        });
        avoids_regions_ = false;
    }
    std::size_t pick(std::size_t below) { return random_() % below; }

    growing_world world;

private:
    void steps(bool once) {
        for (std::size_t n = pick(6); n > 0; --n) step(once);
    }
    std::size_t free_place() {
        for (;;) {
            const std::size_t place = pick(blocks_of_device);
            if (!world.used[place] && !(avoids_regions_ && world.is_covered(place))) return place;
        }
    }

    std::minstd_rand random_;
    bool shifts_ = false;
    bool avoids_regions_ = false;
};

BOOST_AUTO_TEST_CASE(estimate_never_exceeds_writes) {
    const char* given = std::getenv("FILEMAP_SEED");
    const unsigned first = given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
    for (unsigned seed = first; seed < first + (given ? 1 : 400); ++seed) {
        BOOST_TEST_CONTEXT("FILEMAP_SEED=" << seed) {
            const bool once = seed % 4 == 0;
            random_life life(seed);
            life.world.round();
            for (int rounds = 0; rounds < 40; ++rounds) {
                life.round(once);
                BOOST_TEST_REQUIRE(life.world.told() <= life.world.truth);
            }
            for (int rounds = 0; rounds < 3; ++rounds) life.world.round();
            BOOST_TEST(!life.world.estimator.has_unresolved());
            if (once && life.world.options.max_regions == 0) BOOST_TEST(life.world.told() == life.world.truth);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
