// Counters of deleted regions survive all ends of the daemon.

#include "kernel/follow_fixture.hpp"
#include "support/logged_daemon.hpp"

#include <filesystem>
#include <iterator>

#include <signal.h>

namespace filemap::test {
namespace {

constexpr seconds end_bound{60};

std::vector<std::string> following(const std::string& file) {
    return {"--verbose", "--verbose", file};
}

/// A case that leaves a group behind also leaves its stored counters.
std::size_t files_stored() {
    const std::filesystem::path directory("/run/dmfilemapd");
    if (!std::filesystem::exists(directory)) return 0;
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

void kill_and_wait(logged_daemon& daemon) {
    daemon.signal(SIGKILL);
    BOOST_TEST_REQUIRE(daemon.wait_for_end(end_bound).value_or(-1) == 128 + SIGKILL);
}

/// Allocates the file at once, so that no file system preallocates more. Only reads with O_DIRECT happen after the
/// daemon's start.
void one_mebibyte(const file_editor& file) {
    file.allocate(0, 0, MiB);
    file.write_and_sync(0, MiB);
}

void kill_keeps_carried_counters() {
    const std::size_t stored_before = files_stored();
    const scratch_file file;
    one_mebibyte(file.edit());
    {
        logged_daemon first(following(file.path()));
        require_sync(file.path(), "after the start");
        file.edit().read_direct(0, MiB);
        file.edit().truncate(MiB / 2);
        require_sync(file.path(), "after the cut");
        file.edit().read_direct(0, MiB / 2);
        kill_and_wait(first);
    }
    logged_daemon second(following(file.path()));
    const bool told = second.logs_within("counters of deleted regions: 256 reads of 2048 sectors", end_bound);
    BOOST_TEST(told, second.log());
    file.edit().read_direct(0, MiB / 2);
    std::filesystem::remove(file.path());
    BOOST_TEST(second.wait_for_end(end_bound).value_or(-1) == 0);
    BOOST_TEST(second.times_logged("their counters: 512 reads of 4096 sectors") == 1, second.log());
    BOOST_TEST(files_stored() == stored_before, "what was counted is kept for nobody");
}

void kill_without_extents_keeps_counters() {
    const scratch_file file;
    one_mebibyte(file.edit());
    {
        logged_daemon first(following(file.path()));
        require_sync(file.path(), "after the start");
        file.edit().read_direct(0, MiB);
        file.edit().truncate(0);
        BOOST_TEST_REQUIRE(first.logs_within("will recreate it later", end_bound), first.log());
        kill_and_wait(first);
    }
    logged_daemon second(following(file.path()));
    file.edit().write_and_sync(0, MiB);
    const bool told = second.logs_within("counters of deleted regions: 256 reads of 2048 sectors", end_bound);
    BOOST_TEST(told, second.log());
    require_sync(file.path(), "after it was filled again");
    BOOST_TEST(second.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

/// A restart by dmstats passes the first id of the group.
void group_found_by_first_id() {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    const std::vector<std::string> message{"dmsetup", "message", shared_device().name(), "0"};
    const auto send = [&](std::initializer_list<std::string> words) {
        std::vector<std::string> command = message;
        command.insert(command.end(), words);
        run_or_throw(command);
    };
    send({"@stats_create", "0+8", "8", "somebody"});
    {
        running_daemon first(start_form::dmstats_inode, file.path(), running_daemon::regions_afterwards::stay);
        require_sync(file.path(), "after the start");
        BOOST_TEST_REQUIRE(only_group().id == 1U);
        send({"@stats_delete", "0"});
        file.edit().write_and_sync(4 * MiB, 256 * KiB);
        require_sync(file.path(), "after a lower number was free");
        BOOST_TEST_REQUIRE(only_group().id == 0U);
        BOOST_TEST_REQUIRE(::kill(first.pid(), SIGKILL) == 0);
        BOOST_TEST_REQUIRE(first.wait_for_end(end_bound).value_or(-1) == 128 + SIGKILL);
    }
    file.edit().write_and_sync(8 * MiB, 256 * KiB);
    logged_daemon second({"--group-id", "1", "--path", file.path()});
    require_sync(file.path(), "after the restart");
    BOOST_TEST(only_group().id == 0U);
    BOOST_TEST(second.times_logged(": group 1 is now group 0") == 1, second.log());
    BOOST_TEST(regions_of(shared_device().name()).size() == check_map(file.path()).regions.size());
    BOOST_TEST(second.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

const bool registered = [] {
    auto& counts = add_suite("counts");
    add_case(counts, "kill", kill_keeps_carried_counters);
    add_case(counts, "kill_without_extents", kill_without_extents_keeps_counters);
    auto& restart = add_suite("restart");
    add_case(restart, "changed_number", group_found_by_first_id);
    return true;
}();

}  // namespace
}  // namespace filemap::test
