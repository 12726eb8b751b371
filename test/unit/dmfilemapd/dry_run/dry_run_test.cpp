#include "dmfilemapd/dry_run/dry_run.hpp"

#include "dmfilemapd/dry_run/survey.hpp"
#include "dmfilemapd/map/extent_flags.hpp"
#include "support/run_dmfilemapd.hpp"

#include <filemap/fs/extent_map.hpp>

#include <boost/json.hpp>

#include <filesystem>

#include <fcntl.h>
#include <linux/fiemap.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
namespace json = boost::json;

/// File in the build directory with 64 KiB on disk, except for a hole of 16 KiB in the middle.
class file_on_disk {
public:
    explicit file_on_disk(const std::string& name) : path_(std::filesystem::current_path() / name) {
        const filemap::fs::descriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        BOOST_TEST_REQUIRE(file.is_open());
        const std::string text(24 * 1024, 'x');
        const auto write_at = [&](off_t offset) {
            BOOST_TEST_REQUIRE(::pwrite(file.get(), text.data(), text.size(), offset) == ssize_t(text.size()));
        };
        write_at(0);
        write_at(40 * 1024);
        BOOST_TEST_REQUIRE(::fsync(file.get()) == 0);
        const auto extents = filemap::fs::read_extents(file.get());
        if (!extents) why_not_ = extents.error().text();
    }
    file_on_disk(const file_on_disk&) = delete;
    file_on_disk& operator=(const file_on_disk&) = delete;
    ~file_on_disk() { ::unlink(path_.c_str()); }

    [[nodiscard]] const std::string& path() const { return path_; }

    /// Returns true if the file system has extent maps; prints the reason otherwise.
    [[nodiscard]] bool has_map() const {
        if (!why_not_.empty()) BOOST_TEST_MESSAGE("not tested here: " << why_not_);
        return why_not_.empty();
    }

private:
    std::string path_;
    std::string why_not_;
};

std::string text_of(const json::object& object, const char* key) {
    return json::serialize(object.at(key));
}

dmfilemapd::survey survey_of(std::vector<filemap::fs::extent> extents, std::vector<filemap::group_region> members) {
    dmfilemapd::survey made;
    made.path = "/mnt/na\nme\xff";
    made.alias = "na_me\xff";
    made.device = filemap::device_id(254, 3);
    made.obstacle = "no reason";
    made.extents = std::move(extents);
    made.map = filemap::fs::make_extent_map(made.extents);
    made.plan = filemap::make_plan(made.map.ranges, members, {});
    made.steps = filemap::operations_of(made.plan, !members.empty());
    if (!members.empty()) made.group = group_led_by(members[0].id);
    for (const auto& kept : made.plan.keep) made.regions.push_back({kept.id, kept.range});
    for (const auto& created : made.plan.create) made.regions.push_back({std::nullopt, created});
    return made;
}

filemap::fs::extent extent_at(std::uint64_t logical, std::uint64_t physical, std::uint64_t length,
                              std::uint32_t flags) {
    return {filemap::bytes{logical}, filemap::bytes{physical}, filemap::bytes{length}, flags};
}

filemap::group_region region(std::uint64_t id, std::uint64_t start, std::uint64_t length) {
    return {filemap::region_id{id}, {filemap::sectors{start}, filemap::sectors{length}}};
}

// Returns a file that has grown by 4 KiB and has 4 KiB not yet allocated. Region 5 remains from a truncated part.
dmfilemapd::survey grown_file() {
    return survey_of({extent_at(0, 1048576, 8192, FIEMAP_EXTENT_UNWRITTEN),
                      extent_at(8192, 0, 4096, FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_LAST)},
                     {region(2, 2048, 8), region(5, 4096, 8)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dry_run_test)

BOOST_AUTO_TEST_CASE(flags_have_names) {
    const auto words = dmfilemapd::flag_words(FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_SHARED | 0x40000000);
    const std::vector<std::string> expected{"last", "shared", "0x40000000"};
    BOOST_TEST(words == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(table_of_a_grown_file) {
    BOOST_TEST(table_of(grown_file(), false) ==
               "/mnt/na\\nme\\xff\n"
               "  device 254:3, group 2 named 'na_me\\xff'\n"
               "  cannot be followed: no reason\n"
               "\n"
               "  LOGICAL  PHYSICAL  LENGTH  FLAGS                  REGION\n"
               "        0   1048576    8192  unwritten              2, new 2056+8\n"
               "     8192         0    4096  last,unknown,delalloc  not mapped: not allocated yet\n"
               "\n"
               "  REGION  START  SECTORS  ACTION\n"
               "       2   2048        8  keep\n"
               "       -   2056        8  create\n"
               "       5   4096        8  remove\n"
               "\n"
               "  extents: 2, in 1 runs of sectors, 1 not mapped\n"
               "  regions: 2 (keep 1, create 1), remove 1, in " +
                   std::to_string(grown_file().steps.size()) +
                   " steps\n"
                   "  sectors: 16 of the file, 0 shared with other files, 0 of gaps that are bridged\n"
                   "  not mapped: 4096 bytes (not allocated yet)\n");
}

BOOST_AUTO_TEST_CASE(steps_are_told_when_asked_for) {
    const std::string text = table_of(grown_file(), true);
    BOOST_TEST(text.find("  create 2056+8\n") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(json_of_a_grown_file) {
    const dmfilemapd::survey surveys[] = {grown_file()};
    const json::value parsed = json::parse(dmfilemapd::json_of(surveys));
    const json::object& file = parsed.at("files").at(0).as_object();
    BOOST_TEST(!file.contains("path"));
    BOOST_TEST(text_of(file, "path_hex") == R"("2f6d6e742f6e610a6d65ff")");
    BOOST_TEST(text_of(file, "alias_hex") == R"("6e615f6d65ff")");
    BOOST_TEST(text_of(file, "device") == R"("254:3")");
    BOOST_TEST(text_of(file, "group_id") == "2");
    BOOST_TEST(text_of(file, "extents") ==
               R"([{"logical":0,"physical":1048576,"length":8192,"flags":["unwritten"],"regions":[0,1]},)"
               R"({"logical":8192,"physical":0,"length":4096,"flags":["last","unknown","delalloc"],)"
               R"("not_mapped":"not allocated yet"}])");
    BOOST_TEST(text_of(file, "regions") == R"([{"start":2048,"sectors":8,"action":"keep","id":2},)"
                                           R"({"start":2056,"sectors":8,"action":"create"}])");
    BOOST_TEST(text_of(file, "removed_regions") == R"([{"start":4096,"sectors":8,"id":5}])");
    BOOST_TEST(json::serialize(file.at("sums").at("not_mapped_bytes")) == "4096");
}

BOOST_AUTO_TEST_CASE(file_on_this_machine_without_privileges) {
    const file_on_disk file("dry run\ttest.data");
    if (!file.has_map()) return;
    const program_result ran = run_dmfilemapd({"--dry-run", file.path()});
    BOOST_TEST(ran.status == 0, ran.err);
    BOOST_TEST(ran.err == "");
    BOOST_TEST(ran.out.find("dry run\\ttest.data\n  device ") != std::string::npos, ran.out);
    BOOST_TEST(ran.out.find("\n  LOGICAL ") != std::string::npos, ran.out);
    BOOST_TEST(ran.out.find("\n  extents: ") != std::string::npos, ran.out);
}

BOOST_AUTO_TEST_CASE(json_of_local_file) {
    const file_on_disk file("dry-run-json.data");
    if (!file.has_map()) return;
    const program_result ran = run_dmfilemapd({"--dry-run", "--json", file.path()});
    BOOST_TEST(ran.status == 0, ran.err);
    const json::value parsed = json::parse(ran.out);
    const json::object& found = parsed.at("files").at(0).as_object();
    BOOST_TEST(found.at("path").as_string() == file.path());
    BOOST_TEST(text_of(found, "alias") == R"("dry-run-json.data")");
    BOOST_TEST(found.at("extents").as_array().size() >= 1U);
}

BOOST_AUTO_TEST_CASE(what_has_no_extents_is_refused) {
    check_refused({"--dry-run", "/proc/version"}, "/proc/version: the file system has no extent map (FIEMAP)", 1);
    check_refused({"--dry-run", "/dev/null"}, "not a regular file", 1);
    check_refused({"--dry-run", "/nothing/there"}, "No such file or directory", 1);
}

BOOST_AUTO_TEST_SUITE_END()
