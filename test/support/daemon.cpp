#include "support/daemon.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <signal.h>
#include <unistd.h>

namespace filemap::test {
namespace {

/// Time for a daemon to start or to end, on a loaded machine.
constexpr seconds time_limit{60};

/// Daemons that were adopted after their starters ended. Children in our own session are starters that were not
/// waited for.
std::vector<pid_t> background_daemons() {
    std::vector<pid_t> all = processes_of(daemon_executable());
    std::erase_if(all,
                  [](pid_t process) { return parent_of(process) != ::getpid() || ::getsid(process) == ::getsid(0); });
    return all;
}

}  // namespace

std::string daemon_executable() {
    return std::filesystem::canonical(FILEMAP_DAEMON);
}

std::string path_with_daemon() {
    return "PATH=" + std::filesystem::path(daemon_executable()).parent_path().string() + ':' + std::getenv("PATH");
}

std::string_view name_of(start_form form) {
    switch (form) {
        case start_form::dmstats_inode: return "dmstats_inode";
        case start_form::dmstats_path: return "dmstats_path";
        case start_form::own_inode: return "own_inode";
        case start_form::own_path: return "own_path";
    }
    throw std::logic_error("no such form");
}

std::vector<std::string> start_command(start_form form, const std::string& file) {
    switch (form) {
        case start_form::dmstats_inode: return {"dmstats", "create", "--filemap", file};
        case start_form::dmstats_path: return {"dmstats", "create", "--filemap", "--follow", "path", file};
        case start_form::own_inode: return {daemon_executable(), file};
        case start_form::own_path: return {daemon_executable(), "--follow", "path", file};
    }
    throw std::logic_error("no such form");
}

running_daemon::running_daemon(const std::vector<std::string>& command, const std::string& file,
                               regions_afterwards regions)
    : device_(device_of(file)), regions_(regions) {
    adopt_orphans();
    const program_result started = run_program(command, time_limit, {path_with_daemon()});
    std::vector<pid_t> found;
    const bool is_there = started.status == 0 && wait_until(
                                                     [&] {
                                                         found = background_daemons();
                                                         return found.size() == 1;
                                                     },
                                                     time_limit);
    if (is_there) {
        pid_ = found.front();
        return;
    }
    for (const pid_t process : processes_of(daemon_executable())) ::kill(process, SIGKILL);
    throw std::runtime_error(command[0] + " ended with status " + std::to_string(started.status) + ", leaving " +
                             std::to_string(found.size()) + " daemons; it said: " + started.out + started.err);
}

running_daemon::~running_daemon() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        (void)wait_for_end(time_limit);
    }
    if (regions_ == regions_afterwards::go) delete_all_regions(device_);
}

std::optional<int> running_daemon::wait_for_end(milliseconds bound) {
    std::optional<int> status = test::wait_for_end(pid_, bound);
    if (status) pid_ = -1;
    return status;
}

std::optional<int> running_daemon::stop() {
    ::kill(pid_, SIGTERM);
    return wait_for_end(time_limit);
}

void delete_all_regions(const std::string& device) {
    const program_result listed = run_program({"dmsetup", "message", device, "0", "@stats_list"});
    for (const listed_region& region : parse_region_list(listed.out))
        (void)run_program({"dmsetup", "message", device, "0", "@stats_delete", std::to_string(region.id)});
}

map_report wait_for_sync(const std::string& file, milliseconds bound, const group_choice& choice) {
    map_report report;
    (void)wait_until(
        [&] {
            report = check_map(file, choice);
            if (report.file.pending > 0) report.differences.emplace_back("extents are not allocated yet");
            return report.in_sync();
        },
        bound);
    return report;
}

}  // namespace filemap::test
