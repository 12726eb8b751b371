// The oracle itself, on groups of stock dmstats: it must accept those in sync and reject all others.

#include "kernel/follow_fixture.hpp"

#include <linux/falloc.h>

namespace filemap::test {
namespace {

struct mapped_file {
    scratch_file file;

    mapped_file() {
        file.edit().write_and_sync(0, MiB);
        run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", file.path()});
    }
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;
    ~mapped_file() { delete_all_regions(shared_device().name()); }

    [[nodiscard]] map_report check() const { return check_map(file.path()); }
};

std::vector<std::string> message(std::initializer_list<std::string> words) {
    std::vector<std::string> command{"dmsetup", "message", shared_device().name(), "0"};
    command.insert(command.end(), words);
    return command;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(map_check, mapped_file)

BOOST_AUTO_TEST_CASE(group_of_dmstats_is_in_sync) {
    const map_report report = check();
    BOOST_TEST(report.in_sync(), report.summary());
    BOOST_TEST(report.group->alias == "file");
    BOOST_TEST(report.regions.size() == report.file.runs.size());
}

BOOST_AUTO_TEST_CASE(growth_is_seen) {
    file.edit().write_and_sync(4 * MiB, 64 * KiB);
    BOOST_TEST(check().summary().starts_with("NOT IN SYNC: not covered: "));
    run_or_throw({"dmstats", "update_filemap", "--nomonitor", "--groupid", "0", file.path()});
    BOOST_TEST(check().in_sync(), check().summary());
}

BOOST_AUTO_TEST_CASE(a_hole_is_seen) {
    file.edit().allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 256 * KiB, 64 * KiB);
    BOOST_TEST(check().summary().starts_with("NOT IN SYNC: not the file's: "));
}

BOOST_AUTO_TEST_CASE(a_missing_member_is_seen) {
    run_or_throw(message({"@stats_set_aux", "0", "DMS_GROUP=file:0,5#-"}));
    BOOST_TEST(check().summary() == "NOT IN SYNC: member 5 does not exist");
}

BOOST_AUTO_TEST_CASE(an_overlap_is_seen) {
    const sector_run part{check().regions.front().run.start, 8};
    run_or_throw(message({"@stats_create", std::to_string(part.start) + "+8", "8", "dmstats"}));
    const std::uint64_t added = regions_of(shared_device().name()).back().id;
    std::string members = "0-" + std::to_string(added);
    run_or_throw(message({"@stats_set_aux", "0", "DMS_GROUP=file:" + members + "#-"}));
    BOOST_TEST(check().summary().starts_with("NOT IN SYNC: regions "));
}

BOOST_AUTO_TEST_CASE(leader_above_lowest_is_detected) {
    run_or_throw(message({"@stats_create", "0+8", "8", "dmstats"}));
    const std::uint64_t last = regions_of(shared_device().name()).back().id;
    run_or_throw(message({"@stats_set_aux", "0", "-"}));
    run_or_throw(message({"@stats_set_aux", std::to_string(last), "DMS_GROUP=file:0-" + std::to_string(last) + "#-"}));
    BOOST_TEST(check().summary().starts_with("NOT IN SYNC: the leader is not the lowest member"));
}

BOOST_AUTO_TEST_CASE(missing_group_is_detected) {
    delete_all_regions(shared_device().name());
    BOOST_TEST(check().summary() == "NOT IN SYNC: there is no such group");
    file.edit().truncate(0);
    BOOST_TEST(check().in_sync(), "a file of nothing needs no group");
}

BOOST_AUTO_TEST_CASE(io_is_counted) {
    const io_counts before = counts_of(check());
    file.edit().read_direct(0, 64 * KiB);
    const io_counts after = counts_of(check());
    BOOST_TEST(after.sectors_read - before.sectors_read == 128U);
    BOOST_TEST(after.writes == before.writes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
