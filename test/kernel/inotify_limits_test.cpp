// If the kernel refuses an inotify watch, the daemon polls.

#include "kernel/follow_fixture.hpp"
#include "kernel/regions.hpp"
#include "support/logged_daemon.hpp"

#include <vector>

#include <linux/falloc.h>

namespace filemap::test {
namespace {

constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

struct inotify_limit {
    const char* name;
    const char* setting;
    const char* value;
};

constexpr inotify_limit limits[] = {
    {"no_instance", "fs/inotify/max_user_instances", "0"},
    {"one_instance_of_two", "fs/inotify/max_user_instances", "1"},
    {"no_watch", "fs/inotify/max_user_watches", "0"},
    {"a_watch_for_the_control_node_alone", "fs/inotify/max_user_watches", "1"},
    {"a_watch_too_few", "fs/inotify/max_user_watches", "2"},
};

void follows_by_time(const inotify_limit& limit, const char* mode) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    const kernel_setting low(limit.setting, limit.value);
    logged_daemon daemon({"--follow", mode, file.path()});
    require_sync(file.path(), "after the start");
    file.edit().write_and_sync(8 * MiB, 256 * KiB);
    require_sync(file.path(), "after a write");
    file.edit().allocate(punch, 0, 256 * KiB);
    require_sync(file.path(), "after a punch");
    BOOST_TEST(daemon.times_logged("polling once per second") == 1, daemon.log());
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

void warns_of_the_watch_limit_once() {
    const scratch_file file;
    std::vector<std::string> paths;
    for (int i = 0; i < 4; ++i) {
        paths.push_back(file.path() + std::to_string(i));
        file_editor(paths.back()).write_and_sync(0, MiB);
    }
    // Watches for the control node and one file, which needs two.
    const kernel_setting low("fs/inotify/max_user_watches", "3");
    logged_daemon daemon({"-vv", paths[0], paths[1], paths[2], paths[3]});
    BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == 4; }, reaction_bound),
                       daemon.log());
    BOOST_TEST(daemon.logs_within("polling once per second", reaction_bound), daemon.log());
    BOOST_TEST(daemon.times_logged("fs.inotify.max_user_watches") == 3, daemon.log());
    BOOST_TEST(daemon.times_logged("warning: ") == 1, daemon.log());
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

/// Moves a part of a file without a change of size and number of blocks.
void move_piece(const file_editor& file, std::uint64_t from, std::uint64_t to) {
    file.allocate(FALLOC_FL_KEEP_SIZE, to, 64 * KiB);
    file.allocate(punch, from, 64 * KiB);
}

/// The second file's event is lost in an overflow of the queue, after its one-shot watch has fired.
void queue_overflow_refreshes_all() {
    const kernel_setting low("fs/inotify/max_queued_events", "1");
    const scratch_file file;
    const std::string second = file.path() + "2";
    for (const std::string& path : {file.path(), second}) {
        file_editor(path).write_and_sync(0, MiB);
        file_editor(path).write_and_sync(4 * MiB, MiB);
    }
    region_access regions(file.path());
    const auto is_in_sync = [&] {
        return regions.check_map(file.path(), {.alias = "file"}).in_sync() &&
               regions.check_map(second, {.alias = "file2"}).in_sync();
    };
    logged_daemon daemon({file.path(), second});
    BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == 2; }, reaction_bound),
                       daemon.log());
    BOOST_TEST_REQUIRE(is_in_sync());
    {
        const halted until_both_have_changed(daemon.pid());
        move_piece(file.edit(), 0, 2 * MiB);
        move_piece(file_editor(second), 0, 2 * MiB);
        BOOST_TEST_REQUIRE(!is_in_sync());
    }
    BOOST_TEST(wait_until(is_in_sync, reaction_bound), regions.check_map(second, {.alias = "file2"}).summary());
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

const bool registered = [] {
    for (const char* mode : {"inode", "path"}) {
        auto& suite = add_suite(std::string("inotify_limits_") + mode);
        for (const inotify_limit& limit : limits)
            add_case(suite, limit.name, [&limit, mode] { follows_by_time(limit, mode); });
    }
    add_case(add_suite("inotify_watches"), "limit_is_logged_once", warns_of_the_watch_limit_once);
    add_case(add_suite("inotify_queue"), "overflow_refreshes_all", queue_overflow_refreshes_all);
    return true;
}();

}  // namespace
}  // namespace filemap::test
