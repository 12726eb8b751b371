#include "unit/launch/fake_daemon.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <dmfilemapd.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
using words = std::vector<std::string>;

/// File open for reading with O_CLOEXEC.
class opened {
public:
    explicit opened(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        BOOST_TEST_REQUIRE(number_ >= 0);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { ::close(number_); }

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool is_closed_by_exec() const { return ::fcntl(number_, F_GETFD) == FD_CLOEXEC; }

private:
    int number_;
};

int start(int fd, const std::string& path) {
    return ::dm_stats_start_filemapd(fd, 3, path.c_str(), DM_FILEMAPD_FOLLOW_INODE, 0, 0);
}

/// Returns the errno of a failed call, or 0.
int error_of(int fd, std::uint64_t group, const char* path, int mode, unsigned foreground, unsigned verbose) {
    errno = 0;
    return ::dm_stats_start_filemapd(fd, group, path, static_cast<dm_filemapd_mode_t>(mode), foreground, verbose)
               ? 0
               : errno;
}

/// Sets the action of a signal during its lifetime.
class disposition {
public:
    disposition(int signal, void (*handler)(int)) : signal_(signal) {
        struct sigaction wanted {};
        wanted.sa_handler = handler;
        ::sigaction(signal, &wanted, &before_);
    }
    disposition(const disposition&) = delete;
    disposition& operator=(const disposition&) = delete;
    ~disposition() { ::sigaction(signal_, &before_, nullptr); }

private:
    int signal_;
    struct sigaction before_ {};
};

sigset_t blocked_signals() {
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    return blocked;
}

struct blocked_signal {
    explicit blocked_signal(int signal) {
        sigset_t one;
        ::sigemptyset(&one);
        ::sigaddset(&one, signal);
        ::pthread_sigmask(SIG_BLOCK, &one, &before);
    }
    blocked_signal(const blocked_signal&) = delete;
    blocked_signal& operator=(const blocked_signal&) = delete;
    ~blocked_signal() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    sigset_t before;
};

bool no_child_left() {
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

void reap_all(int) {
    const int error = errno;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    errno = error;
}

void check_failed_executions(unsigned foreground) {
    const only_path path;
    const opened file(path.file());
    const auto error = [&] { return error_of(file.get(), 3, "/f", DM_FILEMAPD_FOLLOW_INODE, foreground, 0); };
    BOOST_TEST(error() == ENOENT);
    std::filesystem::create_directory(path.program());
    BOOST_TEST(error() == EACCES);
    std::filesystem::remove(path.program());
    path.put_program("no program\n", std::filesystem::perms::owner_read);
    BOOST_TEST(error() == EACCES);
    path.put_program("no program\n", std::filesystem::perms::owner_all);
    BOOST_TEST(error() == ENOEXEC);
    path.put_program("#!/nonexistent/interpreter\n", std::filesystem::perms::owner_all);
    BOOST_TEST(error() == ENOENT);
    BOOST_TEST(file.is_closed_by_exec());
    BOOST_TEST(no_child_left());
    const sigset_t blocked = blocked_signals();
    BOOST_TEST(::sigismember(&blocked, SIGTERM) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(launch)

BOOST_AUTO_TEST_CASE(mode_words_are_parsed) {
    BOOST_TEST(::dm_filemapd_mode_from_string("inode") == DM_FILEMAPD_FOLLOW_INODE);
    BOOST_TEST(::dm_filemapd_mode_from_string("path") == DM_FILEMAPD_FOLLOW_PATH);
    for (const char* other : {"", "none", "INODE", "Path", "ino", "inodes", " inode", "path ", "0"}) {
        BOOST_TEST(::dm_filemapd_mode_from_string(other) == DM_FILEMAPD_FOLLOW_NONE, "'" << other << "'");
    }
    BOOST_TEST(::dm_filemapd_mode_from_string(nullptr) == DM_FILEMAPD_FOLLOW_NONE);
}

BOOST_AUTO_TEST_CASE(daemon_gets_positional_arguments) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    const std::string fd = std::to_string(file.get());
    const std::string path = "/a\\b \"'\xff";
    BOOST_TEST(::dm_stats_start_filemapd(file.get(), 0, path.c_str(), DM_FILEMAPD_FOLLOW_INODE, 0, 0) == 1);
    BOOST_TEST(daemon.take(1)[0].arguments == (words{fd, "0", path, "inode", "0", "0"}),
               boost::test_tools::per_element());
    BOOST_TEST(::dm_stats_start_filemapd(file.get(), INT_MAX, "/", DM_FILEMAPD_FOLLOW_PATH, 0, 3) == 1);
    BOOST_TEST(daemon.take(1)[0].arguments == (words{fd, "2147483647", "/", "path", "0", "3"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cloexec_descriptor_reaches_daemon) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    BOOST_TEST(start(file.get(), daemon.file()) == 1);
    BOOST_TEST(daemon.take(1)[0].descriptor == daemon.file());
    BOOST_TEST(file.is_closed_by_exec());
}

BOOST_AUTO_TEST_CASE(daemon_signals_are_default) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    const blocked_signal term(SIGTERM);
    const disposition pipe(SIGPIPE, SIG_IGN);
    const disposition hangup(SIGHUP, SIG_IGN);
    BOOST_TEST(start(file.get(), daemon.file()) == 1);
    const auto record = daemon.take(1)[0];
    BOOST_TEST(record.blocked == 0U);
    BOOST_TEST(record.ignored == 0U);
}

BOOST_AUTO_TEST_CASE(callers_signals_are_unchanged) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    const blocked_signal usr1(SIGUSR1);
    const disposition usr2(SIGUSR2, reap_all);
    BOOST_TEST(start(file.get(), daemon.file()) == 1);
    const sigset_t blocked = blocked_signals();
    BOOST_TEST(::sigismember(&blocked, SIGUSR1) == 1);
    BOOST_TEST(::sigismember(&blocked, SIGTERM) == 0);
    struct sigaction now {};
    ::sigaction(SIGUSR2, nullptr, &now);
    BOOST_TEST(now.sa_handler == &reap_all);
    (void)daemon.take(1);
}

BOOST_AUTO_TEST_CASE(no_child_is_left) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    BOOST_TEST(start(file.get(), daemon.file()) == 1);
    BOOST_TEST(no_child_left());
    (void)daemon.take(1);
    BOOST_TEST(no_child_left());
}

BOOST_AUTO_TEST_CASE(ignored_sigchld_changes_nothing) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    for (const auto handler : {SIG_IGN, &reap_all}) {
        const disposition child(SIGCHLD, handler);
        BOOST_TEST(start(file.get(), daemon.file()) == 1);
        (void)daemon.take(1);
    }
    const disposition child(SIGCHLD, SIG_IGN);
    daemon.put_program("no program\n", std::filesystem::perms::owner_all);
    BOOST_TEST(error_of(file.get(), 3, "/f", DM_FILEMAPD_FOLLOW_INODE, 0, 0) == ENOEXEC);
}

BOOST_AUTO_TEST_CASE(calls_from_threads_work) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    std::vector<int> results(12);
    std::vector<std::thread> threads;
    for (int& result : results) threads.emplace_back([&] { result = start(file.get(), daemon.file()); });
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(std::ranges::count(results, 1) == 12);
    for (const auto& record : daemon.take(12)) BOOST_TEST(record.descriptor == daemon.file());
    BOOST_TEST(no_child_left());
}

BOOST_AUTO_TEST_CASE(invalid_arguments_set_errno) {
    const fake_daemon daemon;
    const opened file(daemon.file());
    const int fd = file.get();
    BOOST_TEST(error_of(-1, 0, "/f", 0, 0, 0) == EBADF);
    BOOST_TEST(error_of(INT_MAX, 0, "/f", 0, 0, 0) == EBADF);
    BOOST_TEST(error_of(fd, UINT64_MAX, "/f", 0, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, std::uint64_t{INT_MAX} + 1, "/f", 0, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, nullptr, 0, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "", 0, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "f", 0, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "/f", DM_FILEMAPD_FOLLOW_NONE, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "/f", 3, 0, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "/f", 0, 2, 0) == EINVAL);
    BOOST_TEST(error_of(fd, 0, "/f", 0, 0, 4) == EINVAL);
    BOOST_TEST(no_child_left());
    BOOST_TEST(daemon.records().empty());
}

BOOST_AUTO_TEST_CASE(background_execution_failure_sets_errno) {
    check_failed_executions(0);
}

BOOST_AUTO_TEST_CASE(foreground_execution_failure_sets_errno) {
    check_failed_executions(1);
}

BOOST_AUTO_TEST_CASE(first_executable_on_path_runs) {
    const fake_daemon daemon;
    const only_path without;
    std::filesystem::create_directory(without.program());
    const opened file(daemon.file());
    const std::string path = "/nonexistent:" + without.directory() + ':' + daemon.directory();
    ::setenv("PATH", path.c_str(), 1);
    BOOST_TEST(start(file.get(), daemon.file()) == 1);
    (void)daemon.take(1);
}

BOOST_AUTO_TEST_CASE(foreground_daemon_replaces_caller) {
    const fake_daemon daemon;
    const program_result ran = run_program({FILEMAP_START_PROGRAM, daemon.file(), "5", "/f", "path", "1", "2"});
    BOOST_TEST(ran.status == 7, ran.err);
    BOOST_TEST(ran.out == "");
    const auto record = daemon.take(1)[0];
    BOOST_TEST(record.descriptor == daemon.file());
    BOOST_TEST_REQUIRE(record.arguments.size() == 6U);
    BOOST_TEST(words(record.arguments.begin() + 1, record.arguments.end()) == (words{"5", "/f", "path", "1", "2"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
