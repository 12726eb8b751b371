#include "bench/measured_daemon.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <linux/falloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr std::uint64_t block = 4096;
constexpr sched_param no_priority{};

double seconds_of(const timespec& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

dm::control_node opened_node() {
    auto node = dm::control_node::open();
    if (!node) fail(node.error().text());
    return std::move(*node);
}

device_id device_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) fail("stat " + file);
    return device_id{status.st_dev};
}

std::vector<std::string> foreground(const std::vector<std::string>& options, const std::vector<std::string>& files) {
    std::vector<std::string> arguments{"--foreground"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), files.begin(), files.end());
    return arguments;
}

}  // namespace

void fail(const std::string& why) {
    throw std::runtime_error(why);
}
void give_way() {
    ::sched_yield();
}

double now() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return seconds_of(t);
}

void pause_for(double seconds) {
    const auto whole = static_cast<time_t>(seconds);
    const timespec t{whole, static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
    ::nanosleep(&t, nullptr);
}

lowest_priority::lowest_priority() {
    if (::sched_setscheduler(0, SCHED_IDLE, &no_priority) != 0) fail("sched_setscheduler");
}
lowest_priority::~lowest_priority() {
    ::sched_setscheduler(0, SCHED_OTHER, &no_priority);
}

double processor_time_of_others(double seconds, const std::function<void()>& first) {
    // Clock ticks, of this kernel and of the machine below, take up to half a millisecond each, a thousand times a
    // second.
    constexpr double tick = 0.6e-3;
    // Reading the time stamp counter is no system call; the clock is read seldom.
    constexpr int readings = 10'000;
    const lowest_priority while_measuring;
    const double begin = now();
    const std::uint64_t origin = __builtin_ia32_rdtsc();
    std::vector<std::uint64_t> delays;
    std::uint64_t last = origin;
    first();
    while (now() < begin + seconds) {
        for (int i = 0; i < readings; ++i) {
            const std::uint64_t next = __builtin_ia32_rdtsc();
            if (next - last > 100'000) delays.push_back(next - last);
            last = next;
        }
    }
    const double counts_a_second = static_cast<double>(last - origin) / (now() - begin);
    double taken = 0;
    for (const std::uint64_t delay : delays) {
        const double length = static_cast<double>(delay) / counts_a_second;
        if (length > tick) taken += length;
    }
    return taken;
}

measured_daemon::measured_daemon(const std::string& executable, std::vector<std::string> arguments) : pid_(::fork()) {
    if (pid_ < 0) fail("fork");
    if (pid_ > 0) return;
    arguments.insert(arguments.begin(), executable);
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    ::execv(executable.c_str(), words.data());
    ::_exit(127);
}

measured_daemon::measured_daemon(const std::string& executable, const std::vector<std::string>& options,
                                 const std::vector<std::string>& files)
    : measured_daemon(executable, foreground(options, files)) {}

measured_daemon::~measured_daemon() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

bool measured_daemon::has_ended() const {
    siginfo_t how{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOHANG | WNOWAIT) != 0 || how.si_pid == pid_;
}

double measured_daemon::cpu() const {
    clockid_t clock{};
    timespec t{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &t) != 0) fail("the daemon has ended");
    return seconds_of(t);
}

std::uint64_t measured_daemon::wake_ups() const {
    std::uint64_t sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
        std::ifstream status(thread.path() / "status");
        for (std::string key; status >> key;) {
            std::uint64_t count = 0;
            if (key.ends_with("ctxt_switches:") && status >> count) sum += count;
        }
    }
    return sum;
}

std::uint64_t measured_daemon::from_smaps(const std::vector<std::string>& keys) const {
    std::ifstream smaps("/proc/" + std::to_string(pid_) + "/smaps");
    std::uint64_t sum = 0;
    for (std::string line; std::getline(smaps, line);) {
        std::istringstream fields(line);
        std::string key;
        std::uint64_t kib = 0;
        if (fields >> key >> kib && std::find(keys.begin(), keys.end(), key) != keys.end()) sum += kib;
    }
    return sum;
}

std::uint64_t measured_daemon::resident() const {
    return from_smaps({"Rss:"});
}
std::uint64_t measured_daemon::unshared() const {
    return from_smaps({"Private_Clean:", "Private_Dirty:"});
}
std::uint64_t measured_daemon::written() const {
    return from_smaps({"Private_Dirty:"});
}

void measured_daemon::wait_until_quiet(double seconds) const {
    double used = cpu();
    for (double since = now(), limit = since + 300; now() - since < seconds;) {
        if (now() > limit) fail("the daemon does not come to rest");
        pause_for(0.02);
        if (const double more = cpu(); more > used) {
            used = more;
            since = now();
        }
    }
}

observed_device::observed_device(const std::string& file) : node_(opened_node()), statistics_(node_, device_of(file)) {}

std::uint64_t observed_device::grouped_sectors() {
    const auto list = statistics_.list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    std::vector<dm::id_run> grouped;
    for (const dm::region_row& leader : list->rows()) {
        const auto group = dm::group_descriptor::parse(leader.aux);
        if (group) grouped.insert(grouped.end(), group->members.begin(), group->members.end());
    }
    std::ranges::sort(grouped, {}, &dm::id_run::first);
    std::uint64_t sum = 0;
    auto run = grouped.begin();
    for (const dm::region_row& row : list->rows()) {
        while (run != grouped.end() && run->last < row.id) ++run;
        if (run != grouped.end() && run->first <= row.id) sum += row.range.length.count();
    }
    return sum;
}

std::size_t observed_device::regions() {
    const auto list = statistics_.list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    return list->rows().size();
}

void observed_device::delete_all() {
    const auto list = statistics_.list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    for (const dm::region_row& row : list->rows()) {
        if (!statistics_.remove(row.id)) fail("cannot delete a region");
    }
}

void make_fragmented(const std::string& path, std::size_t extents) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const auto check = [&](int status) {
        if (status != 0) throw std::system_error(errno, std::generic_category(), path);
    };
    check(file < 0 ? -1 : 0);
    check(::fallocate(file, 0, 0, static_cast<off_t>(2 * extents * block)));
    for (std::size_t i = 0; i < extents; ++i) {
        check(::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>((2 * i + 1) * block),
                          block));
    }
    check(::fsync(file));
    ::close(file);
}

}  // namespace filemap::bench
