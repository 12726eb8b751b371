// A C program starts the daemon by dm_stats_start_filemapd() for a group that dmstats made.

#include "kernel/follow_fixture.hpp"

#include <algorithm>
#include <filesystem>

#include <signal.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds time_limit{60};

/// A file with a group that no daemon monitors. The destructor deletes its regions.
struct grouped_file {
    grouped_file() {
        file.edit().write_and_sync(0, MiB);
        run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", file.path()});
    }
    ~grouped_file() { delete_all_regions(shared_device().name()); }
    [[nodiscard]] std::vector<std::string> start(const std::string& mode, const std::string& foreground) const {
        return {
            FILEMAP_START_PROGRAM, file.path(), std::to_string(only_group().id), file.path(), mode, foreground, "1"};
    }

    scratch_file file;
};

/// A daemon found by its executable. The destructor kills it if it still runs.
class found_daemon {
public:
    /// Waits for a daemon that leads a session, as it does in the background.
    found_daemon() {
        const bool found = wait_until(
            [&] {
                const auto all = processes_of(daemon_executable());
                const auto leader = std::ranges::find_if(all, [](pid_t one) { return ::getsid(one) == one; });
                if (leader != all.end()) process_ = *leader;
                return process_ > 0;
            },
            time_limit);
        BOOST_TEST_REQUIRE(found);
    }
    found_daemon(const found_daemon&) = delete;
    found_daemon& operator=(const found_daemon&) = delete;
    ~found_daemon() {
        if (process_ > 0) (void)end(SIGKILL);
    }

    /// Sends SIGTERM and returns the exit status.
    [[nodiscard]] std::optional<int> stop() { return end(SIGTERM); }

private:
    std::optional<int> end(int signal) {
        ::kill(process_, signal);
        const auto status = wait_for_end(process_, time_limit);
        if (status) process_ = -1;
        return status;
    }

    pid_t process_ = -1;
};

void check_followed(const grouped_file& on) {
    on.file.edit().write_and_sync(8 * MiB, MiB);
    require_sync(on.file.path(), "after growth");
    on.file.edit().truncate(512 * KiB);
    require_sync(on.file.path(), "after truncation");
}

void background_daemon_follows(const std::string& mode) {
    adopt_orphans();
    const grouped_file on;
    const program_result started = run_program(on.start(mode, "0"), time_limit, {path_with_daemon()});
    BOOST_TEST(started.status == 0, started.err);
    BOOST_TEST(started.out == "1\n", started.err);
    found_daemon daemon;
    check_followed(on);
    if (mode == "path") {
        std::filesystem::remove(on.file.path());
        on.file.edit().write_and_sync(0, 2 * MiB);
        require_sync(on.file.path(), "after a replacement");
    }
    BOOST_TEST(daemon.stop().value() == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(launch)

BOOST_AUTO_TEST_CASE(background_daemon_follows_inode) {
    background_daemon_follows("inode");
}

BOOST_AUTO_TEST_CASE(background_daemon_follows_path) {
    background_daemon_follows("path");
}

BOOST_AUTO_TEST_CASE(foreground_daemon_replaces_the_program) {
    const grouped_file on;
    std::vector<std::string> command{"env", path_with_daemon()};
    for (const std::string& word : on.start("inode", "1")) command.push_back(word);
    background_program program(command);
    BOOST_TEST_REQUIRE(wait_until([&] { return program.printed().find("watching") != std::string::npos; }, time_limit),
                       program.printed());
    BOOST_TEST(processes_of(daemon_executable()) == std::vector<pid_t>{program.pid()});
    check_followed(on);
    ::kill(program.pid(), SIGTERM);
    BOOST_TEST(program.wait_for_end(time_limit).value() == 0);
}

BOOST_AUTO_TEST_CASE(missing_daemon_is_reported) {
    const grouped_file on;
    const program_result started = run_program(on.start("inode", "0"), time_limit, {"PATH=/nonexistent"});
    BOOST_TEST(started.out == "0\n");
    BOOST_TEST(started.err == "dm_stats_start_filemapd: No such file or directory\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
