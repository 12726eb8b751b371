#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"

#include <fstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr double watched_for = 30;

// System calls of all threads that begin or end within the interval. Calls in progress at its start are not counted.
std::uint64_t system_calls(pid_t pid, double seconds) {
    const std::string log = "/run/strace";
    const pid_t tracer = ::fork();
    if (tracer == 0) {
        const std::string target = std::to_string(pid);
        ::execlp("strace", "strace", "-qq", "-f", "-o", log.c_str(), "-p", target.c_str(), nullptr);
        ::_exit(127);
    }
    pause_for(seconds);
    ::kill(tracer, SIGINT);
    int status = 0;
    ::waitpid(tracer, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) fail("strace is not installed");
    std::uint64_t calls = 0;
    std::ifstream lines(log);
    // A call that does not end within the interval is one line, "<unfinished ...>" or "<detached ...>": the wait of an
    // idle thread.
    for (std::string line; std::getline(lines, line);) {
        if (line.find("<unfinished") == std::string::npos && line.find("<detached") == std::string::npos) ++calls;
    }
    return calls;
}

}  // namespace

void measure_idle(const std::string& daemon) {
    for (const std::size_t regions : {1u, 1000u, 10'000u}) {
        const test::scratch_device device("idle", "ext4", 200, eager_ext4);
        const std::string path = device.path() + "/file";
        make_fragmented(path, regions);
        observed_device observed(path);
        const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, {path});
        spin_until([&] { return observed.grouped_sectors() == regions * 8; });
        running.wait_until_quiet(6);

        const double cpu = running.cpu();
        const std::uint64_t wake_ups = running.wake_ups();
        pause_for(watched_for);
        const double cpu_used = running.cpu() - cpu;
        const std::uint64_t woken = running.wake_ups() - wake_ups;
        const std::uint64_t calls = system_calls(running.pid(), watched_for);
        print_row({"quiet for 30 s, " + std::to_string(regions) + " regions, --verify 0",
                   std::to_string(woken) + " wake-ups, " + std::to_string(calls) + " system calls, " +
                       milliseconds_text(cpu_used),
                   {},
                   {}});
    }
}

}  // namespace filemap::bench
