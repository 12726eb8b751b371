// If a device hangs, files on other devices stay monitored, the log names the device, and the daemon can be stopped.

#include "kernel/follow_fixture.hpp"
#include "kernel/served.hpp"
#include "support/http.hpp"
#include "support/logged_daemon.hpp"

#include <cstddef>
#include <cstring>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr const char* hang_warning = " has not answered for ";
constexpr const char* answer_notice = " answers again, after ";
constexpr const char* leave_warning = "ends though device ";
constexpr const char* control_socket = "/run/dmfilemapd/control.sock";

std::string configured(const std::string& path) {
    return "[[file]]\npath = '" + path + "'\n";
}

/// A file system on a stacked device. While the lower device is suspended with I/O in it, the upper device hangs, like
/// a disk that does not answer.
class stacked_device {
public:
    stacked_device() : lower_("lower", "none", 64) {
        const std::string table = "0 131072 linear " + lower_.node() + " 0";
        run_or_throw({"dmsetup", "create", "upper", "--table", table});
        run_or_throw({"mkfs.ext4", "-qF", "/dev/mapper/upper"});
        run_or_throw({"mkdir", "-p", "/mnt/upper"});
        run_or_throw({"mount", "/dev/mapper/upper", "/mnt/upper"});
        file_editor(file()).write_and_sync(0, MiB);
    }
    stacked_device(const stacked_device&) = delete;
    stacked_device& operator=(const stacked_device&) = delete;
    ~stacked_device() {
        answer();
        (void)run_program({"umount", "/mnt/upper"});
        (void)run_program({"dmsetup", "remove", "upper"});
    }

    [[nodiscard]] std::string file() const { return "/mnt/upper/file"; }

    /// A file whose access list is not cached: checking its permissions reads the device.
    [[nodiscard]] std::string file_of_unread_access_list() const {
        const std::string path = "/mnt/upper/listed";
        file_editor(path).write_and_sync(0, MiB);
        BOOST_TEST_REQUIRE(::chown(path.c_str(), 1000, 1000) == 0);
        const std::vector<std::byte> list = long_access_list();
        BOOST_TEST_REQUIRE(::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) == 0);
        run_or_throw({"umount", "/mnt/upper"});
        run_or_throw({"mount", "/dev/mapper/upper", "/mnt/upper"});
        struct stat status {};
        BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
        return path;
    }

    /// MAJOR:MINOR of the upper device, as in log lines.
    [[nodiscard]] std::string number() const {
        struct stat status {};
        BOOST_TEST_REQUIRE(::stat(file().c_str(), &status) == 0);
        return "device " + std::to_string(major(status.st_dev)) + ':' + std::to_string(minor(status.st_dev));
    }

    void hang() {
        run_or_throw({"dmsetup", "suspend", lower_.name()});
        reader_ = ::fork();
        BOOST_TEST_REQUIRE(reader_ >= 0);
        if (reader_ == 0) {
            read_block();
            ::_exit(0);
        }
        BOOST_TEST_REQUIRE(wait_until([this] { return threads_of(reader_).waiting_for_device == 1; }, reaction_bound),
                           "no I/O waits: the test would prove nothing");
    }

    /// Delays every read by one second, and keeps one read in flight.
    void slow_down() {
        const std::string table = "0 131072 delay " + lower_.node() + " 0 1000 " + lower_.node() + " 0 0";
        run_or_throw({"dmsetup", "reload", "upper", "--table", table});
        run_or_throw({"dmsetup", "suspend", "upper"});
        run_or_throw({"dmsetup", "resume", "upper"});
        reader_ = ::fork();
        BOOST_TEST_REQUIRE(reader_ >= 0);
        if (reader_ == 0)
            for (;;) read_block();
        BOOST_TEST_REQUIRE(wait_until([this] { return threads_of(reader_).waiting_for_device == 1; }, reaction_bound));
    }

    void answer() {
        (void)run_program({"dmsetup", "resume", lower_.name()});
        if (reader_ > 0) {
            ::kill(reader_, SIGKILL);
            (void)wait_for_end(reader_, reaction_bound);
        }
        reader_ = -1;
    }

private:
    // Entries for more users than fit into the inode.
    static std::vector<std::byte> long_access_list() {
        constexpr auto nobody = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);
        std::vector<posix_acl_xattr_entry> entries{{ACL_USER_OBJ, 6, nobody}};
        for (std::uint32_t user = 2000; user < 2040; ++user) entries.push_back({ACL_USER, 6, user});
        entries.insert(entries.end(), {{ACL_GROUP_OBJ, 6, nobody}, {ACL_MASK, 6, nobody}, {ACL_OTHER, 6, nobody}});
        const posix_acl_xattr_header header{POSIX_ACL_XATTR_VERSION};
        std::vector<std::byte> list(sizeof header + entries.size() * sizeof entries[0]);
        std::memcpy(list.data(), &header, sizeof header);
        std::memcpy(list.data() + sizeof header, entries.data(), list.size() - sizeof header);
        return list;
    }

    void read_block() const {
        const int file = ::open(this->file().c_str(), O_RDONLY | O_DIRECT);
        alignas(4096) static char block[4096];
        if (::read(file, block, sizeof block) <= 0) ::_exit(1);
        ::close(file);
    }

    scratch_device lower_;
    pid_t reader_ = -1;
};

/// A file on the hanging device has grown, so the daemon tries to create a region there.
struct hang_fixture {
    hang_fixture() { file_editor(other.path()).write_and_sync(0, MiB); }
    ~hang_fixture() { delete_all_regions(shared_device().name()); }

    void grow_and_hang(pid_t daemon) {
        const halted until_it_hangs(daemon);
        file_editor(stuck.file()).write_and_sync(2 * MiB, MiB);
        stuck.hang();
    }

    void require_hang(pid_t daemon) {
        BOOST_TEST_REQUIRE(wait_until([&] { return threads_of(daemon).waiting_for_device == 1; }, reaction_bound),
                           "the daemon does not hang: the test would prove nothing");
    }

    void require_other_followed(std::uint64_t at) {
        other.edit().write_and_sync(at, 256 * KiB);
        require_sync(other.path(), "on the device that works");
    }

    /// Returns true if the daemon's only thread is one whose system call the kernel has not finished.
    static bool is_left_to_the_kernel(pid_t daemon) {
        const thread_states threads = threads_of(daemon);
        return threads.waiting_for_device == 1 && threads.others == 0;
    }

    stacked_device stuck;
    scratch_file other;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_device, hang_fixture)

BOOST_AUTO_TEST_CASE(monitored_without_warning_or_delay) {
    logged_daemon daemon({stuck.file(), other.path()});
    BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == 2; }, reaction_bound),
                       daemon.log());
    stuck.slow_down();
    {
        const halted until_it_waits(daemon.pid());
        file_editor(stuck.file()).write_and_sync(2 * MiB, MiB);
    }
    require_hang(daemon.pid());
    require_other_followed(2 * MiB);
    require_sync(stuck.file(), "on the slow device");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    BOOST_TEST(daemon.times_logged("warning") == 0, daemon.log());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(hanging_device, hang_fixture)

BOOST_AUTO_TEST_CASE(logged_once_other_devices_monitored) {
    logged_daemon daemon({stuck.file(), other.path()});
    BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == 2; }, reaction_bound),
                       daemon.log());
    BOOST_TEST(threads_of(daemon.pid()).others == 3U, "one thread for events, and one for each device");
    grow_and_hang(daemon.pid());
    require_hang(daemon.pid());
    require_other_followed(2 * MiB);
    BOOST_TEST_REQUIRE(daemon.logs_within(stuck.number() + hang_warning, reaction_bound), daemon.log());
    require_other_followed(4 * MiB);
    require_other_followed(6 * MiB);

    stuck.answer();
    require_sync(stuck.file(), "after the device answers");
    BOOST_TEST(daemon.logs_within(stuck.number() + answer_notice, reaction_bound), daemon.log());
    BOOST_TEST(daemon.times_logged(hang_warning) == 1, daemon.log());
    file_editor(stuck.file()).write_and_sync(8 * MiB, MiB);
    require_sync(stuck.file(), "after one more write");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    BOOST_TEST(daemon.times_logged(leave_warning) == 0, daemon.log());
}

BOOST_AUTO_TEST_CASE(permission_check_delays_no_other) {
    const std::string listed = stuck.file_of_unread_access_list();
    served by;
    // The daemon knows that files on the device can be monitored.
    const std::string before = configured(other.path()) + configured(stuck.file());
    by.configure({}, before);
    by.start();
    stuck.hang();
    by.configure({}, before + configured(listed));
    by.daemon().signal(SIGHUP);
    require_hang(by.daemon().pid());
    require_other_followed(2 * MiB);
    require_other_followed(4 * MiB);
    stuck.answer();
    BOOST_TEST(by.daemon().logs_within(listed + ": following, group ", reaction_bound), by.log());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
}

BOOST_AUTO_TEST_CASE(replacement_permission_check_delays_no_other) {
    const std::string listed = stuck.file_of_unread_access_list();
    served by;
    by.configure({}, configured(other.path()) + configured(stuck.file()));
    by.start();
    {
        const halted until_it_hangs(by.daemon().pid());
        BOOST_TEST_REQUIRE(::rename(listed.c_str(), stuck.file().c_str()) == 0);
        stuck.hang();
    }
    require_hang(by.daemon().pid());
    require_other_followed(2 * MiB);
    require_other_followed(4 * MiB);
    stuck.answer();
    require_sync(stuck.file(), "after the device answers");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
}

BOOST_AUTO_TEST_CASE(sigterm_leaves_only_the_blocked_call) {
    logged_daemon daemon({stuck.file(), other.path()});
    BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == 2; }, reaction_bound),
                       daemon.log());
    grow_and_hang(daemon.pid());
    require_hang(daemon.pid());
    const auto sent = std::chrono::steady_clock::now();
    daemon.signal(SIGTERM);
    BOOST_TEST_REQUIRE(wait_until([&] { return is_left_to_the_kernel(daemon.pid()); }, reaction_bound), daemon.log());
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - sent);
    BOOST_TEST_MESSAGE("left to the kernel after " << took.count() << " ms");
    BOOST_TEST(daemon.times_logged(leave_warning + stuck.number().substr(7)) == 1, daemon.log());
    BOOST_TEST(daemon.times_logged(other.path() + ": stopped") == 1, daemon.log());
    // The group on the other device stays, and another daemon can take it over.
    running_daemon successor(start_form::own_inode, other.path(), running_daemon::regions_afterwards::stay);
    BOOST_TEST(check_map(other.path()).in_sync());

    stuck.answer();
    BOOST_TEST(daemon.wait_for_end(reaction_bound).value_or(-1) == 0);
    BOOST_TEST(successor.stop().value_or(-1) == 0);
    const running_daemon restarted(start_form::own_inode, stuck.file());
    require_sync(stuck.file(), "after a restart");
    BOOST_TEST(regions_of("upper").size() == check_map(stuck.file()).regions.size(), "a region is left behind");
}

BOOST_AUTO_TEST_CASE(sigterm_ends_daemon_of_dmstats) {
    running_daemon daemon(start_form::dmstats_inode, stuck.file());
    grow_and_hang(daemon.pid());
    require_hang(daemon.pid());
    ::kill(daemon.pid(), SIGTERM);
    BOOST_TEST(wait_until([&] { return is_left_to_the_kernel(daemon.pid()); }, reaction_bound));
    stuck.answer();
    BOOST_TEST(daemon.wait_for_end(reaction_bound).value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(scraped_service_releases_its_socket) {
    served first;
    first.configure({}, configured(stuck.file()) + configured(other.path()));
    first.start();
    grow_and_hang(first.daemon().pid());
    require_hang(first.daemon().pid());
    background_program scrape(
        {"curl", "--silent", "--verbose", "--unix-socket", control_socket, "http://localhost/metrics"});
    BOOST_TEST_REQUIRE(
        wait_until([&] { return scrape.printed().find("> GET /metrics") != std::string::npos; }, reaction_bound));
    // The service has received the earlier request.
    BOOST_TEST_REQUIRE(!http_get(control_socket, "/v1/status").empty());
    first.daemon().signal(SIGTERM);
    BOOST_TEST_REQUIRE(wait_until([&] { return is_left_to_the_kernel(first.daemon().pid()); }, reaction_bound),
                       first.log());
    BOOST_TEST(scrape.wait_for_end(reaction_bound).value_or(0) != 0, "it was answered: the test would prove nothing");

    first.configure({}, configured(other.path()));
    logged_daemon second({"--config", first.configuration()});
    BOOST_TEST_REQUIRE(second.logs_within("ready: 1 following", reaction_bound), second.log());
    require_other_followed(2 * MiB);
    stuck.answer();
    BOOST_TEST(first.daemon().wait_for_end(reaction_bound).value_or(-1) == 0, first.log());
    BOOST_TEST(!http_get(control_socket, "/v1/status").empty(), "its end takes the socket from the second one");
    BOOST_TEST(second.stop().value_or(-1) == 0, second.log());
}

BOOST_AUTO_TEST_CASE(refused_reload_reports_no_readiness) {
    served by;
    by.configure({}, configured(stuck.file()));
    stuck.hang();
    logged_daemon service({"--config", by.configuration()});
    require_hang(service.pid());
    by.configure({}, "nonsense\n");
    service.signal(SIGHUP);
    BOOST_TEST_REQUIRE(service.logs_within("the one before stays in force", reaction_bound), service.log());
    stuck.answer();
    BOOST_TEST_REQUIRE(service.logs_within("ready: ", reaction_bound), service.log());
    BOOST_TEST(service.times_logged("ready: 1 following") == 1, service.log());
    BOOST_TEST(service.stop().value_or(-1) == 0, service.log());
}

BOOST_AUTO_TEST_CASE(sigterm_during_start_ends_waiting_command) {
    adopt_orphans();
    stuck.hang();
    const pid_t command = ::fork();
    BOOST_TEST_REQUIRE(command >= 0);
    if (command == 0) {
        const std::string program = daemon_executable();
        ::execl(program.c_str(), program.c_str(), stuck.file().c_str(), nullptr);
        ::_exit(127);
    }
    pid_t daemon = 0;
    const auto hangs = [&] {
        for (const pid_t found : processes_of(daemon_executable()))
            if (found != command && threads_of(found).waiting_for_device == 1) daemon = found;
        return daemon != 0;
    };
    BOOST_TEST_REQUIRE(wait_until(hangs, reaction_bound));
    ::kill(daemon, SIGTERM);
    BOOST_TEST(wait_for_end(command, reaction_bound).value_or(-1) == 1);
    stuck.answer();
    BOOST_TEST(wait_for_end(daemon, reaction_bound).has_value());
}

BOOST_AUTO_TEST_CASE(hanging_scan_delays_no_other) {
    const auto hot = [](const std::string& device) {
        const auto client = std::filesystem::path(daemon_executable()).parent_path() / "dmfilemapctl";
        return std::vector<std::string>{client, "hot", device};
    };
    served by;
    by.configure({});
    by.start();
    stuck.hang();
    background_program waiting(hot("upper"));
    require_hang(by.daemon().pid());
    const program_result refused = run_program(hot("upper"));
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.err.find("another hunt for hot spots is under way on the device") != std::string::npos,
               refused.err);
    const program_result found = run_program(hot(shared_device().name()));
    BOOST_TEST(found.status == 0, found.err);
    stuck.answer();
    BOOST_TEST(waiting.wait_for_end(reaction_bound).value_or(-1) == 0, waiting.printed());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
