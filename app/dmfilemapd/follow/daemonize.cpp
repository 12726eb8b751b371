#include "dmfilemapd/follow/daemonize.hpp"

#include "common/cli/startup_error.hpp"
#include "dmfilemapd/cli/program_name.hpp"

#include <filemap/error.hpp>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dmfilemapd {
namespace {

using filemap::fs::descriptor;

[[noreturn]] void refuse(const char* what) {
    throw app::startup_error(filemap::last_system_failure(what).text());
}

void redirect_to_null(int fd, int flags) {
    const descriptor null{::open("/dev/null", flags | O_CLOEXEC)};
    if (null.is_open()) ::dup2(null.get(), fd);
}

void become_daemon() {
    // Makes an interrupt of the command, before it returns, also end the daemon.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::setsid();
    if (::chdir("/") != 0) refuse("chdir /");
    ::umask(077);
    redirect_to_null(STDIN_FILENO, O_RDONLY);
    redirect_to_null(STDOUT_FILENO, O_WRONLY);
}

// Reports the signal that ended a daemon before it was ready.
void report_signal(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        std::cerr << program_name << ": ended by signal " << WTERMSIG(status) << " before it was watching\n";
    }
}

int wait_until_ready(descriptor line, pid_t child) {
    char status = 0;
    ssize_t got = 0;
    while ((got = ::read(line.get(), &status, 1)) < 0 && errno == EINTR) {
    }
    if (got == 1) return status;
    report_signal(child);
    return 1;
}

}  // namespace

void waiting_parent::ready(bool keep_stderr) {
    ::prctl(PR_SET_PDEATHSIG, 0);
    if (!keep_stderr) redirect_to_null(STDERR_FILENO, O_WRONLY);
    send(0);
}

void waiting_parent::give_up() {
    if (line_.is_open()) send(1);
}

void waiting_parent::send(char status) {
    while (::write(line_.get(), &status, 1) < 0 && errno == EINTR) {
    }
    line_.close();
}

int run_in_background(const std::function<int(waiting_parent&)>& daemon) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) refuse("pipe");
    descriptor from_daemon{ends[0]};
    descriptor to_parent{ends[1]};
    const pid_t caller = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) refuse("fork");
    if (child > 0) {
        to_parent.close();
        return wait_until_ready(std::move(from_daemon), child);
    }
    from_daemon.close();
    waiting_parent parent(std::move(to_parent));
    become_daemon();
    // The kernel sends no signal if the parent ended before the prctl call.
    if (::getppid() != caller) return 1;
    return daemon(parent);
}

}  // namespace dmfilemapd
