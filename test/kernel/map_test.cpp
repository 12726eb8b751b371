// Maps of files and devices by dmfilemapctl.

#include "kernel/served.hpp"

#include <boost/json.hpp>

#include <atomic>
#include <numeric>
#include <thread>

namespace filemap::test {
namespace {

namespace json = boost::json;

std::vector<std::string> client(std::vector<std::string> words) {
    words.insert(words.begin(), std::filesystem::path(daemon_executable()).parent_path() / "dmfilemapctl");
    return words;
}

json::object asked(std::vector<std::string> words) {
    words.insert(words.begin(), "--json");
    return json::parse(run_or_throw(client(std::move(words)))).as_object();
}

std::uint64_t number(const json::object& of, const char* key) {
    return of.at(key).to_number<std::uint64_t>();
}

std::vector<std::uint64_t> column(const json::object& map, const char* bar, const char* key) {
    return json::value_to<std::vector<std::uint64_t>>(map.at(bar).at(key));
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

/// Two runs of 1 MiB with a hole between them in the file, and another file on the device.
void make_two_parts(const std::string& name) {
    served::edit(name).write_and_sync(0, MiB);
    served::make("between");
    served::edit(name).write_and_sync(8 * MiB, MiB);
}

void check_against_oracle(const json::object& map, const std::string& name) {
    const file_map expected = map_of(served::at(name));
    std::uint64_t sectors = 0;
    for (const sector_run& run : expected.runs) sectors += run.length;
    BOOST_TEST(number(map, "extents") == expected.extents);
    BOOST_TEST(number(map, "allocated") == sectors * 512);
    BOOST_TEST(number(map, "mapped") == sectors * 512);
    BOOST_TEST(number(map, "missing") == 0U);
    for (const char* bar : {"along_file", "along_device"}) BOOST_TEST(sum(column(map, bar, "mapped")) == sectors * 512);
    BOOST_TEST(number(map.at("along_device").as_object(), "begin") == expected.runs.front().start * 512);
    BOOST_TEST(number(map.at("along_device").as_object(), "end") == expected.runs.back().end() * 512);
}

std::size_t hot_regions() {
    const auto regions = regions_of(shared_device().name());
    return static_cast<std::size_t>(std::ranges::count(regions, "dmfilemapd-hot", &listed_region::program));
}

bool hunt_is_over() {
    return wait_until([] { return hot_regions() == 0; }, reaction_bound);
}

/// Reads a part of a file repeatedly during its lifetime.
class reader {
public:
    reader(const std::string& name, std::uint64_t offset, std::uint64_t length)
        : thread_([this, name, offset, length] {
              while (!ends_) {
                  served::edit(name).read_direct(offset, length);
                  ++rounds_;
              }
          }) {
        BOOST_TEST_REQUIRE(wait_until([this] { return rounds_ > 0; }, reaction_bound));
    }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    ~reader() {
        ends_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> ends_ = false;
    std::atomic<int> rounds_ = 0;
    std::thread thread_;
};

std::vector<json::object> lines_of_hunt() {
    std::istringstream text(run_or_throw(client({"--json", "hot", shared_device().name()}), seconds{60}));
    std::vector<json::object> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line).as_object());
    return lines;
}

BOOST_AUTO_TEST_SUITE(map)

BOOST_AUTO_TEST_CASE(map_shows_extents) {
    served by;
    make_two_parts("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    const json::object map = asked({"map", served::at("a")});
    check_against_oracle(map, "a");
    BOOST_TEST(number(map, "size") == 9 * MiB);
    BOOST_TEST(number(map, "group") == served::groups().at("a"));
    const auto cells = column(map, "along_file", "mapped");
    const std::uint64_t cell = number(map.at("along_file").as_object(), "cell_bytes");
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const bool in_hole = at * cell >= MiB && (at + 1) * cell <= 8 * MiB;
        BOOST_TEST((cells[at] == 0) == in_hole, at);
    }
    const std::string text = run_or_throw(client({"map", served::at("a")}), seconds{30}, {"COLUMNS=45", "LC_ALL=C"});
    BOOST_TEST(text.find("\nfile     ####") != std::string::npos, text);
    BOOST_TEST(text.find("..........................####\n") != std::string::npos, text);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(renamed_file_is_shown) {
    served by;
    make_two_parts("a");
    by.configure({{"a", "follow = 'inode'\n"}});
    by.start();
    by.in_sync("a");
    std::filesystem::rename(served::at("a"), served::at("b"));
    check_against_oracle(asked({"map", served::at("a")}), "b");
    // Another file takes the name; its sectors do not count.
    served::edit("a").write_and_sync(0, 64 * KiB);
    check_against_oracle(asked({"map", served::at("a")}), "b");
    BOOST_TEST(run_program(client({"map", served::at("b")})).err == "dmfilemapctl: no such file is followed\n");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(heat_equals_io_of_each_part) {
    served by;
    make_two_parts("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    const std::vector<std::string> heat{"map", "--heat", "--since-start", served::at("a")};
    const json::object before = asked(heat);
    served::edit("a").read_direct(8 * MiB, 256 * KiB);
    const json::object after = asked(heat);
    BOOST_TEST(number(after, "read") - number(before, "read") == 256 * KiB);
    BOOST_TEST(after.at("regions_hash") == before.at("regions_hash"));
    BOOST_TEST(sum(column(after, "along_file", "read")) - sum(column(before, "along_file", "read")) == 256 * KiB);
    const reader beside("a", 8 * MiB, 256 * KiB);
    const json::object now = asked({"map", "--heat", "--interval", "0.3", served::at("a")});
    BOOST_TEST(number(now, "read") > 0U);
    const auto cells = column(now, "along_file", "read");
    const auto half = cells.begin() + static_cast<std::ptrdiff_t>(cells.size() / 2);
    BOOST_TEST(std::accumulate(half, cells.end(), std::uint64_t{0}) > 0U);
    // The extent has a region of its own.
    BOOST_TEST(std::accumulate(cells.begin(), half, std::uint64_t{0}) == 0U);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(hot_finds_and_names_read_file) {
    served by;
    make_two_parts("a");
    served::make("b");
    by.configure({{"a", ""}, {"b", ""}});
    by.start();
    by.in_sync("a");
    by.in_sync("b");
    const reader beside("b", 512 * KiB, 64 * KiB);
    const auto lines = lines_of_hunt();
    BOOST_TEST_REQUIRE(lines.size() > 3U);
    BOOST_TEST(lines.front().at("event").as_string() == "device");
    BOOST_TEST(lines.back().at("event").as_string() == "end");
    const auto spot =
        std::ranges::find(lines, json::value("spot"), [](const json::object& line) { return line.at("event"); });
    BOOST_TEST_REQUIRE((spot != lines.end()));
    BOOST_TEST_REQUIRE(!spot->at("files").as_array().empty(), json::serialize(*spot));
    BOOST_TEST(spot->at("files").at(0).at("path").as_string() == served::at("b"));
    const file_map place = map_of(served::at("b"));
    const std::uint64_t read_at = place.runs.front().start + 512 * KiB / 512;
    BOOST_TEST(number(*spot, "sector") < read_at + 128);
    BOOST_TEST(number(*spot, "end_sector") > read_at);
    BOOST_TEST(number(*spot, "end_sector") - number(*spot, "sector") <= 1024U);
    BOOST_TEST(hot_regions() == 0U);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(disconnected_client_leaves_no_region) {
    served by;
    by.configure({});
    by.start();
    for (const int number : {SIGINT, SIGKILL}) {
        background_program hunting(client({"hot", shared_device().name()}));
        BOOST_TEST_REQUIRE(wait_until([] { return hot_regions() == 1; }, reaction_bound));
        const program_result other = run_program(client({"hot", shared_device().name()}));
        // Refused, unless the first scan has just ended.
        BOOST_TEST((other.status == 0 || other.err.find("another hunt") != std::string::npos), other.err);
        ::kill(hunting.pid(), number);
        BOOST_TEST(hunting.wait_for_end(reaction_bound).has_value());
        BOOST_TEST(hunt_is_over());
    }
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(stopped_daemon_leaves_no_region) {
    served by;
    by.configure({});
    by.start();
    background_program hunting(client({"hot", shared_device().name()}));
    BOOST_TEST_REQUIRE(wait_until([] { return hot_regions() == 1; }, reaction_bound));
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(hot_regions() == 0U);
    BOOST_TEST(hunting.wait_for_end(reaction_bound).value_or(-1) == 1);
}

BOOST_AUTO_TEST_CASE(restart_after_kill_deletes_leftovers) {
    served by;
    by.configure({});
    by.start();
    background_program hunting(client({"hot", shared_device().name()}));
    BOOST_TEST_REQUIRE(wait_until([] { return hot_regions() == 1; }, reaction_bound));
    by.kill();
    BOOST_TEST(hot_regions() == 1U);
    by.start();
    BOOST_TEST(hunt_is_over(), by.log());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(other_devices_are_refused) {
    served by;
    by.configure({});
    by.start();
    const std::pair<std::string, std::string> table[] = {
        {"/mnt", "/mnt: not a block device"},
        {"nothing\n", "/dev/mapper/nothing\\n: No such file or directory"},
        {"/dev/loop0", "/dev/loop0: not a device-mapper device"},
    };
    for (const auto& [device, cause] : table) {
        const program_result refused = run_program(client({"hot", device}));
        BOOST_TEST(refused.status == 1);
        BOOST_TEST(refused.err == "dmfilemapctl: " + cause + '\n');
    }
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
