#include "counters/carried_counters.hpp"

#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <stdlib.h>
#include <sys/stat.h>

namespace filemap {
namespace {

dm::counters some(std::uint64_t seed) {
    dm::counters c;
    c.reads = seed;
    c.sectors_read = sectors{seed + 1};
    c.read_time = seed + 2;
    c.writes = seed + 3;
    c.sectors_written = sectors{seed + 4};
    c.write_time = seed + 5;
    c.io_time = seed + 6;
    c.weighted_io_time = seed + 7;
    c.total_read_time = seed + 8;
    c.total_write_time = seed + 9;
    return c;
}

carried_state sample() {
    carried_state counts;
    counts.total = some(100);
    counts.total.histogram = {1, 2, 18446744073709551615U};
    counts.inferred = sectors{18446744073709551615U};
    counts.pending = {{{region_id{7}, {sectors{8}, sectors{16}}}, some(20)},
                      {{region_id{0}, {sectors{0}, sectors{1}}}, {}}};
    counts.replaced = {{region_id{3}, {sectors{8}, sectors{8}}}, {region_id{7}, {sectors{16}, sectors{8}}}};
    return counts;
}

struct directory {
    directory() {
        char pattern[] = "retired_test.XXXXXX";
        above = std::filesystem::absolute(::mkdtemp(pattern));
        path = above / "state";
    }
    ~directory() { std::filesystem::remove_all(above); }

    std::filesystem::path above, path;
};

BOOST_AUTO_TEST_SUITE(carried_counters_suite)

BOOST_AUTO_TEST_CASE(counters_round_trip_through_text) {
    carried_state counts = sample();
    BOOST_TEST((parse_carried_state(format(counts)) == counts));
    counts.without_group = true;
    BOOST_TEST((parse_carried_state(format(counts)) == counts));
    BOOST_TEST((parse_carried_state(format({})) == carried_state{}));
}

BOOST_AUTO_TEST_CASE(malformed_text_is_rejected) {
    const std::string whole = format(sample());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = parse_carried_state(whole.substr(0, size));
        // Text cut between two lines is a valid text of fewer regions, which no save leaves.
        BOOST_TEST((!cut || whole[size - 1] == '\n'), size);
    }
    for (const std::string text :
         {"", "x", "dmfilemapd retired counts 1, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred 0\n",
          "dmfilemapd retired counts 2, group\n", "dmfilemapd retired counts 2, group\n\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred 0\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\n0\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred \n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred -1\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred 1 \n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred 0\n\n",
          "dmfilemapd retired counts 2, group\n0+0 0 0 0 0 0 0 0 0 0 0 0 0 0\ninferred 0\n"
          "1 0+8 0 0 0 0 0 0 0 0 0 0 0 0 0\n"})
        BOOST_TEST(!parse_carried_state(text), text);
}

BOOST_FIXTURE_TEST_CASE(first_save_creates_directory, directory) {
    counter_directory store(path);
    const auto nothing = store.load("253:0-fm-a");
    BOOST_REQUIRE(nothing.has_value());
    BOOST_TEST(!nothing->has_value());
    BOOST_TEST(!std::filesystem::exists(path));
    const mode_t before = ::umask(077);
    BOOST_TEST(store.save("253:0-fm-a", sample()).has_value());
    ::umask(before);
    BOOST_TEST((std::filesystem::status(path).permissions() == std::filesystem::perms{0755}));
    BOOST_TEST((store.load("253:0-fm-a").value() == sample()));
    BOOST_TEST(!store.load("253:0-fm-b").value().has_value());
    BOOST_TEST(store.save("253:0-fm-a", {}).has_value());
    BOOST_TEST((store.load("253:0-fm-a").value() == carried_state{}));
    store.forget("253:0-fm-a");
    BOOST_TEST(std::filesystem::is_empty(path));
}

BOOST_FIXTURE_TEST_CASE(partial_file_of_kill_is_replaced, directory) {
    counter_directory store(path);
    BOOST_TEST(store.save("a", sample()).has_value());
    std::ofstream(path / "a.new") << "half";
    BOOST_TEST((store.load("a").value() == sample()));
    BOOST_TEST(store.save("a", {}).has_value());
    BOOST_TEST((store.load("a").value() == carried_state{}));
}

BOOST_FIXTURE_TEST_CASE(failure_names_file, directory) {
    counter_directory store(path / "deeper");
    const auto not_saved = store.save("a", {});
    BOOST_REQUIRE(!not_saved.has_value());
    BOOST_TEST(not_saved.error().code.value() == ENOENT);
    BOOST_TEST(not_saved.error().context == (path / "deeper").string());

    std::filesystem::create_directory(path);
    std::ofstream(path / "other") << "something else\n";
    std::filesystem::create_symlink("other", path / "link");
    counter_directory here(path);
    BOOST_TEST((here.load("other").error().code == errc::state_malformed));
    BOOST_TEST(here.load("other").error().context == (path / "other").string());
    BOOST_TEST(here.load("link").error().code.value() == ELOOP);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
