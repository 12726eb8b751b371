// Renames, replacements and unlinks of the monitored name.

#include "kernel/follow_fixture.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds end_bound{60};

bool no_region_left() {
    return wait_until([] { return regions_of(shared_device().name()).empty(); }, reaction_bound);
}

void file_is_followed_through_a_rename(start_form form) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    const std::string renamed = file.path() + ".renamed";
    std::filesystem::rename(file.path(), renamed);
    file_editor(renamed).write_and_sync(4 * MiB, 256 * KiB);
    require_sync(renamed, "after rename and append");
    // Another file at the old path is not monitored.
    file.edit().write_and_sync(0, 2 * MiB);
    file_editor(renamed).truncate(256 * KiB);
    require_sync(renamed, "with another file at the old path");
    BOOST_TEST(only_group().alias == "file");
}

void path_is_followed_to_a_replacement(start_form form) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    const file_map before = map_of(file.path());
    const std::string fresh = file.path() + ".new";
    file_editor(fresh).write_and_sync(0, 512 * KiB);
    std::filesystem::rename(fresh, file.path());
    BOOST_TEST_REQUIRE(map_of(file.path()).runs != before.runs);
    require_sync(file.path(), "after the replacement");
    file.edit().write_and_sync(4 * MiB, 256 * KiB);
    require_sync(file.path(), "after an append to the replacement");
    BOOST_TEST(only_group().alias == "file");
}

void ends_with_the_last_close_of_an_unlinked_file(start_form form) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    const int open = ::open(file.path().c_str(), O_RDWR | O_CLOEXEC);
    BOOST_TEST_REQUIRE(open >= 0);
    std::filesystem::remove(file.path());
    const std::string unlinked = "/proc/self/fd/" + std::to_string(open);
    file_editor(unlinked).write_and_sync(4 * MiB, 256 * KiB);
    require_sync(unlinked, "after unlink and append");

    ::close(open);
    BOOST_TEST(daemon.wait_for_end(end_bound).value_or(-1) == 0);
    BOOST_TEST(no_region_left());
}

void ends_when_nothing_is_at_the_path(start_form form) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    std::filesystem::remove(file.path());
    BOOST_TEST(daemon.wait_for_end(end_bound).value_or(-1) == 1);
    BOOST_TEST(no_region_left());
}

void ends_when_its_group_is_deleted(start_form form, const std::vector<std::string>& which) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    std::vector<std::string> command{"dmstats", "delete"};
    command.insert(command.end(), which.begin(), which.end());
    command.push_back(shared_device().name());
    run_or_throw(command);
    BOOST_TEST(daemon.wait_for_end(end_bound).value_or(-1) == 0);
    BOOST_TEST(no_region_left());
}

void restart_after_kill_takes_over_group() {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon first(start_form::own_inode, file.path(), running_daemon::regions_afterwards::stay);
    require_sync(file.path(), "after the start");
    const std::uint64_t group = only_group().id;
    BOOST_TEST_REQUIRE(::kill(first.pid(), SIGKILL) == 0);
    BOOST_TEST_REQUIRE(first.wait_for_end(end_bound).value_or(-1) == 128 + SIGKILL);

    file.edit().write_and_sync(4 * MiB, 256 * KiB);
    BOOST_TEST(!check_map(file.path()).in_sync());
    running_daemon second(start_form::own_inode, file.path());
    require_sync(file.path(), "after the restart");
    BOOST_TEST(only_group().id == group);
    BOOST_TEST(regions_of(shared_device().name()).size() == check_map(file.path()).regions.size());
}

void second_daemon_refused_and_first_named() {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    running_daemon first(start_form::own_inode, file.path());
    require_sync(file.path(), "after the start");
    const program_result second = run_program(start_command(start_form::own_inode, file.path()));
    BOOST_TEST(second.status == 1);
    BOOST_TEST(second.err.find("process " + std::to_string(first.pid())) != std::string::npos, second.err);
    file.edit().write_and_sync(4 * MiB, 256 * KiB);
    require_sync(file.path(), "after the refusal");
    BOOST_TEST(only_group().alias == "file");
}

/// Kills the daemon at many moments. A restart leaves one group, and no region outside it.
void kill_at_any_time(const scratch_file& file, const std::function<std::vector<std::string>()>& command) {
    for (milliseconds life{0}; life < milliseconds{40}; life += milliseconds{3}) {
        running_daemon daemon(command(), file.path(), running_daemon::regions_afterwards::stay);
        for (std::uint64_t at = 0; at < MiB; at += 32 * KiB)
            file.edit().allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, 16 * KiB);
        std::this_thread::sleep_for(life);  // no wait for a condition: kills at another step each time
        BOOST_TEST_REQUIRE(::kill(daemon.pid(), SIGKILL) == 0);
        BOOST_TEST_REQUIRE(daemon.wait_for_end(end_bound).value_or(-1) == 128 + SIGKILL);
        file.edit().write_and_sync(0, MiB);
    }
    running_daemon last(command(), file.path());
    require_sync(file.path(), "after the last restart");
    BOOST_TEST(only_group().alias == "file");
    BOOST_TEST(regions_of(shared_device().name()).size() == check_map(file.path()).regions.size());
}

void random_kills_keep_one_group() {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    kill_at_any_time(file, [&] { return start_command(start_form::own_inode, file.path()); });
}

/// Starts the daemon like libdevmapper, by name every second time, always with the first id of the group.
void random_kills_keep_group_of_dmstats(const std::string& mode) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", file.path()});
    const std::string group = std::to_string(only_group().id);
    const int opened = ::open(file.path().c_str(), O_RDONLY);  // for the daemon
    BOOST_TEST_REQUIRE(opened >= 0);
    bool named = false;
    kill_at_any_time(file, [&]() -> std::vector<std::string> {
        named = !named;
        if (named) return {daemon_executable(), "--group-id", group, "--path", file.path(), "--follow", mode};
        return {daemon_executable(), std::to_string(opened), group, file.path(), mode, "0", "0"};
    });
    ::close(opened);
}

/// Other programs create and delete regions, which changes the lowest free id. The leader must stay the lowest id of
/// the group.
void leader_stays_lowest() {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    const std::vector<std::string> message{"dmsetup", "message", shared_device().name(), "0"};
    const auto send = [&](std::initializer_list<std::string> words) {
        std::vector<std::string> command = message;
        command.insert(command.end(), words);
        run_or_throw(command);
    };
    send({"@stats_create", "0+8", "8", "somebody"});
    running_daemon daemon(start_form::own_inode, file.path());
    require_sync(file.path(), "after the start");
    BOOST_TEST_REQUIRE(only_group().id == 1U);

    send({"@stats_delete", "0"});
    file.edit().write_and_sync(4 * MiB, 256 * KiB);
    require_sync(file.path(), "after a lower number was free");
    BOOST_TEST(only_group().alias == "file");
}

void first_extent_creates_group() {
    const scratch_file file;
    file.edit().truncate(MiB);
    running_daemon daemon(start_form::own_inode, file.path());
    BOOST_TEST(regions_of(shared_device().name()).empty());
    file.edit().write_and_sync(0, 64 * KiB);
    require_sync(file.path(), "after the first write");
    BOOST_TEST(only_group().alias == "file");
}

void file_system_can_be_unmounted() {
    scratch_device device("other", file_system_under_test(), 300);
    const std::string path = device.path() + "/file";
    file_editor(path).write_and_sync(0, MiB);
    running_daemon daemon(start_form::own_inode, path);
    require_sync(path, "after the start");
    run_or_throw({"umount", device.path()});
    BOOST_TEST(daemon.wait_for_end(end_bound).has_value(), "the daemon does not notice");
}

const bool registered = [] {
    const auto add = [](const char* name, std::initializer_list<start_form> forms, auto body) {
        auto& suite = add_suite(name);
        for (const start_form form : forms) add_case(suite, std::string(name_of(form)), [=] { body(form); });
    };
    const auto inode = {start_form::dmstats_inode, start_form::own_inode};
    const auto path = {start_form::dmstats_path, start_form::own_path};
    const auto any = {start_form::dmstats_inode, start_form::dmstats_path, start_form::own_inode, start_form::own_path};
    add("rename", inode, file_is_followed_through_a_rename);
    add("replace", path, path_is_followed_to_a_replacement);
    add("unlink_while_open", inode, ends_with_the_last_close_of_an_unlinked_file);
    add("path_gone", path, ends_when_nothing_is_at_the_path);
    add("delete_all_regions", any, [](start_form form) { ends_when_its_group_is_deleted(form, {"--allregions"}); });
    add("delete_group", any, [](start_form form) { ends_when_its_group_is_deleted(form, {"--groupid", "0"}); });
    auto& life = add_suite("life");
    add_case(life, "restart_after_kill", restart_after_kill_takes_over_group);
    add_case(life, "second_daemon", second_daemon_refused_and_first_named);
    add_case(life, "kills", random_kills_keep_one_group);
    for (const std::string mode : {"inode", "path"})
        add_case(life, "kills_drop_in_" + mode, [mode] { random_kills_keep_group_of_dmstats(mode); });
    add_case(life, "lower_number", leader_stays_lowest);
    add_case(life, "empty_start", first_extent_creates_group);
    add_case(life, "unmount", file_system_can_be_unmounted);
    return true;
}();

}  // namespace
}  // namespace filemap::test
