#include "support/map_check.hpp"
#include "support/run_dmfilemapd.hpp"
#include "support/scratch.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
using words = std::vector<std::string>;

constexpr std::uint64_t block = 65536;

constexpr seconds time_limit{60};

/// A daemon that its command has left in the background; killed if it is not stopped.
class background_daemon {
public:
    explicit background_daemon(words arguments, const std::string& program = FILEMAP_DAEMON) {
        adopt_orphans();
        arguments.insert(arguments.begin(), program);
        const program_result started = run_program(arguments, time_limit);
        const auto found = processes_of(std::filesystem::canonical(FILEMAP_DAEMON));
        BOOST_TEST_REQUIRE(started.status == 0, started.err);
        BOOST_TEST_REQUIRE(found.size() == 1U);
        process_ = found.front();
    }
    background_daemon(const background_daemon&) = delete;
    background_daemon& operator=(const background_daemon&) = delete;
    ~background_daemon() {
        if (process_ > 0) static_cast<void>(end(SIGKILL));
    }

    [[nodiscard]] pid_t pid() const { return process_; }
    /// Exit status after SIGTERM.
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

struct device_with_file {
    device_with_file() { file_editor(path()).write_and_sync(0, block); }

    [[nodiscard]] std::string path(const std::string& name = "file") const { return device.path() + '/' + name; }
    [[nodiscard]] std::string regions() const {
        return run_or_throw({"dmsetup", "message", device.name(), "0", "@stats_list"});
    }

    scratch_device device{"manners", "ext4", 64};
};

std::filesystem::path process_path(pid_t process, const std::string& what) {
    return "/proc/" + std::to_string(process) + '/' + what;
}

std::string target_of(pid_t process, const std::string& link) {
    return std::filesystem::read_symlink(process_path(process, link));
}

words open_in(pid_t process) {
    words targets;
    for (const auto& entry : std::filesystem::directory_iterator(process_path(process, "fd"))) {
        targets.push_back(std::filesystem::read_symlink(entry.path()));
    }
    return targets;
}

std::string status_line(pid_t process, const std::string& key) {
    std::ifstream file(process_path(process, "status"));
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
    }
    return {};
}

std::uint64_t private_kib(pid_t process) {
    std::ifstream file(process_path(process, "smaps_rollup"));
    std::uint64_t sum = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Private_Dirty:")) std::istringstream(line.substr(14)) >> sum;
    }
    return sum;
}

bool ignores(pid_t process, int signal) {
    return (std::stoull(status_line(process, "SigIgn"), nullptr, 16) >> (signal - 1)) & 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dmfilemapd_background)

BOOST_AUTO_TEST_CASE(detached_daemon_keeps_file_closed) {
    const device_with_file on;
    const inherited_descriptor stray("/proc/version", O_RDONLY);
    background_daemon daemon({on.path()});
    BOOST_TEST(target_of(daemon.pid(), "cwd") == "/");
    BOOST_TEST(::getsid(daemon.pid()) == daemon.pid());
    for (const char* fd : {"fd/0", "fd/1", "fd/2"}) BOOST_TEST(target_of(daemon.pid(), fd) == "/dev/null");
    for (const std::string& target : open_in(daemon.pid())) {
        BOOST_TEST(target != "/proc/version");
        BOOST_TEST(!target.starts_with(on.device.path()), target);
    }
    BOOST_TEST(ignores(daemon.pid(), SIGHUP));
    BOOST_TEST(ignores(daemon.pid(), SIGPIPE));
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(group_exists_at_return_and_persists) {
    const device_with_file on;
    background_daemon daemon({"--alias", "my_name", on.path()});
    const std::string before = on.regions();
    BOOST_TEST(before.find("DMS_GROUP=") != std::string::npos, before);
    BOOST_TEST(before.find("my_name") != std::string::npos, before);
    BOOST_TEST(daemon.stop().value() == 0);
    BOOST_TEST(on.regions() == before);
}

BOOST_AUTO_TEST_CASE(memory_stays_within_documented_bounds) {
    const device_with_file on;
    const background_daemon daemon({on.path()});
    std::uint64_t resident = 0;
    std::istringstream(status_line(daemon.pid(), "VmRSS")) >> resident;
    BOOST_TEST_MESSAGE("resident " << resident << " KiB, private " << private_kib(daemon.pid()) << " KiB");
    BOOST_TEST(resident <= 10 * 1024U);
    BOOST_TEST(private_kib(daemon.pid()) <= 2 * 1024U);
}

BOOST_AUTO_TEST_CASE(inherited_descriptor_is_closed) {
    const device_with_file on;
    run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", on.path()});
    const inherited_descriptor file(on.path(), O_RDONLY);
    background_daemon daemon({file.number(), "0", on.path(), "inode"});
    for (const std::string& target : open_in(daemon.pid())) BOOST_TEST(target != on.path());
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(renamed_file_found_by_descriptor) {
    const device_with_file on;
    run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", on.path()});
    const inherited_descriptor file(on.path(), O_RDONLY);
    std::filesystem::rename(on.path(), on.path("renamed"));
    background_daemon daemon({file.number(), "0", on.path(), "inode"});
    file_editor(on.path("renamed")).write_and_sync(block, block);
    BOOST_TEST(wait_until([&] { return check_map(on.path("renamed")).in_sync(); }, time_limit));
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(second_daemon_refused_and_first_named) {
    const device_with_file on;
    background_daemon daemon({on.path()});
    const std::string holder = "process " + std::to_string(daemon.pid());
    for (const words& arguments : {words{on.path()}, words{"--group-id", "0", "--path", on.path()}}) {
        words command{FILEMAP_DAEMON};
        command.insert(command.end(), arguments.begin(), arguments.end());
        const program_result second = run_program(command, time_limit);
        BOOST_TEST(second.status == 1);
        BOOST_TEST(second.err.find(holder) != std::string::npos, second.err);
    }
    BOOST_TEST(daemon.stop().value() == 0);
    background_daemon successor({"--group-id", "0", "--path", on.path()});
    BOOST_TEST(successor.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(verbose_daemon_keeps_stderr) {
    const device_with_file on;
    background_daemon daemon({"-v", on.path()});
    BOOST_TEST(target_of(daemon.pid(), "fd/1") == "/dev/null");
    BOOST_TEST(target_of(daemon.pid(), "fd/2") != "/dev/null");
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(closed_standard_descriptors_are_no_trap) {
    const device_with_file on;
    background_daemon daemon({"-c", "exec " FILEMAP_DAEMON " " + on.path() + " <&- >&- 2>&-"}, "sh");
    for (const char* fd : {"fd/0", "fd/1", "fd/2"}) BOOST_TEST(target_of(daemon.pid(), fd) == "/dev/null");
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(one_process_monitors_several_files) {
    const device_with_file on;
    file_editor(on.path("second")).write_and_sync(0, block);
    background_daemon daemon({on.path(), on.path("second")});
    const std::string list = run_or_throw({"dmstats", "list", "--group", "--noheadings"});
    BOOST_TEST(list.find("file") != std::string::npos, list);
    BOOST_TEST(list.find("second") != std::string::npos, list);
    BOOST_TEST(daemon.stop().value() == 0);
}

BOOST_AUTO_TEST_CASE(dry_run_plans_against_existing_group) {
    const device_with_file on;
    background_daemon daemon({on.path()});
    BOOST_TEST(daemon.stop().value() == 0);
    file_editor(on.path()).write_and_sync(block, block);
    const auto parsed = boost::json::parse(run_or_throw({FILEMAP_DAEMON, "--dry-run", "--json", on.path()}));
    const auto& file = parsed.at("files").at(0).as_object();
    BOOST_TEST(!file.contains("cannot_be_followed"));
    BOOST_TEST(file.at("group_id").to_number<int>() == 0);
    BOOST_TEST(file.at("sums").at("regions_kept").to_number<int>() == 1);
    BOOST_TEST(file.at("sums").at("regions_removed").to_number<int>() == 0);
}

BOOST_AUTO_TEST_CASE(foreground_logs_to_stderr_and_stops) {
    const device_with_file on;
    const std::string script = FILEMAP_DAEMON " --foreground -v " + on.path() +
                               " 2>/run/log & until grep -q watching /run/log; do sleep 0.05; done;"
                               " kill -TERM $!; wait $!; status=$?; cat /run/log >&2; exit $status";
    const program_result ran = run_program({"sh", "-c", script});
    BOOST_TEST(ran.status == 0, ran.err);
    BOOST_TEST(ran.out == "");
    BOOST_TEST(ran.err.find("dmfilemapd: " + on.path() + ": watching, group 0\n") != std::string::npos, ran.err);
    BOOST_TEST(ran.err.ends_with(": stopped\n"), ran.err);
}

BOOST_AUTO_TEST_SUITE_END()
