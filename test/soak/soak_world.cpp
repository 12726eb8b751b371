#include "soak/soak_world.hpp"

#include "support/daemon.hpp"
#include "support/http.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t block = 4096;
constexpr std::uint64_t largest = 512 * block;
constexpr const char* state = "/run/dmfilemapd";
constexpr const char* control_socket = "/run/dmfilemapd/control.sock";
constexpr const char* configuration = "/run/soak/soak.toml";

// Carried counters that the daemon stores for a restart; parsed without the library's code.
std::uint64_t carried_sectors_written(const std::string& tag) {
    if (!std::filesystem::exists(state)) return 0;
    for (const auto& entry : std::filesystem::directory_iterator(state)) {
        if (!entry.path().filename().string().ends_with('-' + tag)) continue;
        std::ifstream file(entry.path());
        std::string line;
        std::getline(file, line);
        std::getline(file, line);
        std::istringstream fields(line);
        std::string area;
        std::uint64_t column[7]{};
        fields >> area;
        for (std::uint64_t& value : column) fields >> value;
        return column[6];
    }
    return 0;
}

}  // namespace

foreground_daemon::foreground_daemon(const std::vector<std::string>& arguments, std::string log)
    : words_{daemon_executable(), "--foreground", "--verbose"}, log_(std::move(log)) {
    words_.insert(words_.end(), arguments.begin(), arguments.end());
}

foreground_daemon::~foreground_daemon() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void foreground_daemon::start() {
    std::vector<char*> arguments;
    for (std::string& word : words_) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ > 0) return;
    const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
}

void foreground_daemon::require_alive() const {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) return;
    std::stringstream said;
    said << std::ifstream(log_).rdbuf();
    throw std::runtime_error("the daemon has ended, wait status " + std::to_string(status) + "; it said:\n" +
                             said.str());
}

std::size_t foreground_daemon::times_logged(const std::string& text) const {
    std::size_t times = 0;
    std::ifstream log(log_);
    for (std::string line; std::getline(log, line);) times += line.find(text) != std::string::npos;
    return times;
}

void foreground_daemon::kill() {
    require_alive();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::uint64_t foreground_daemon::resident() const {
    require_alive();
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string key; status >> key;) {
        std::uint64_t kib = 0;
        if (key == "VmRSS:" && status >> kib) return kib;
    }
    throw std::runtime_error("the daemon has no memory");
}

soak_world::soak_world(const std::string& file_system, std::size_t files, unsigned seed)
    : device_("soak", file_system, 400),
      files_(files),
      random_(seed),
      random_moments_(seed + 2),
      // The tolerance is longer than any absence of a name.
      by_inode_(following("inode", false), "/run/by_inode.log"),
      by_path_(following("path", true), "/run/by_path.log"),
      service_({"--config", configuration}, "/run/service.log") {
    for (std::size_t i = 0; i < files_; ++i) file_editor(path_of(i)).write_and_sync(0, block);
    configure();
    by_inode_.start();
    by_path_.start();
    service_.start();
}

unsigned soak_world::below(unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_);
}

std::string soak_world::path_of(std::size_t file) const {
    return device_.path() + "/file" + std::to_string(file);
}

foreground_daemon& soak_world::follower_of(std::size_t file) {
    if (is_of_service(file)) return service_;
    return is_by_path(file) ? by_path_ : by_inode_;
}

std::vector<std::string> soak_world::following(const std::string& mode, bool by_path) const {
    std::vector<std::string> arguments{"--follow=" + mode};
    for (std::size_t i = 0; i < files_; ++i)
        if (!is_of_service(i) && is_by_path(i) == by_path) arguments.push_back(path_of(i));
    return arguments;
}

// Files monitored by path also have histograms.
void soak_world::configure() const {
    const std::filesystem::path file = configuration;
    std::filesystem::create_directories(file.parent_path());
    // The daemon requires that only root can write to its configuration.
    std::filesystem::permissions(file.parent_path(), std::filesystem::perms{0755});
    std::ofstream to(file);
    for (std::size_t i = 0; i < files_; ++i) {
        if (!is_of_service(i)) continue;
        to << "[[file]]\npath = '" << path_of(i) << "'\n"
           << (is_by_path(i) ? "bounds = '100us,1ms,10ms'\n" : "follow = 'inode'\n");
    }
}

void soak_world::change_something() {
    constexpr int modes[] = {0,
                             FALLOC_FL_KEEP_SIZE,
                             FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                             FALLOC_FL_ZERO_RANGE,
                             FALLOC_FL_INSERT_RANGE,
                             FALLOC_FL_COLLAPSE_RANGE};
    const std::size_t which = below(static_cast<unsigned>(files_));
    const file_editor file(path_of(which));
    const std::uint64_t at = below(largest / block) * block, length = (1 + below(32)) * block;
    const std::uint64_t size = std::filesystem::file_size(path_of(which));
    switch (const unsigned what = below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: {
            const bool shifts = modes[what] & (FALLOC_FL_INSERT_RANGE | FALLOC_FL_COLLAPSE_RANGE);
            // A shifted range must lie before the end of the file. The size is bounded.
            if (shifts && at + length >= size) return file.write(at, length);
            if (modes[what] == FALLOC_FL_INSERT_RANGE && size > 2 * largest) return file.truncate(at);
            return file.allocate(modes[what], at, length);
        }
        case 6:
        case 7: return file.write(at, length);
        case 8:
        case 9: return file.write_and_sync(at, length);
        case 10: return file.truncate(below(4) == 0 ? 0 : at);
        default:
            if (!is_by_path(which)) return file.write_and_sync(0, length);
            const std::string other = path_of(which) + ".new";
            file_editor(other).write_and_sync(at / 4, length);
            std::filesystem::rename(other, path_of(which));
    }
}

void soak_world::kill_and_restart() {
    foreground_daemon& daemon = follower_of(below(4));
    for (unsigned changes = below(5); changes > 0; --changes) change_something();
    // A random moment, not a wait for a condition.
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(random_moments_() % 30'000);
    while (std::chrono::steady_clock::now() < moment) {
    }
    daemon.kill();
    if (below(2) == 0) change_something();
    daemon.start();
}

// Empty while it starts.
std::string soak_world::page_of_service() {
    return http_get(control_socket, "/metrics", accept_open_metrics);
}

bool soak_world::is_reported(std::size_t file, const std::string& page) const {
    return page.find("filemap_written_bytes_total{path=\"" + path_of(file) + '"') != page.npos;
}

void soak_world::read_counters() {
    totals_.compare(page_of_service());
}

void soak_world::await_reading(milliseconds bound) {
    const std::size_t before = totals_.readings();
    const auto is_read = [&] {
        read_counters();
        return totals_.readings() > before;
    };
    if (!wait_until(is_read, bound)) throw std::runtime_error("the service reports no counters");
}

soak_world::finding soak_world::refresh() const {
    finding found;
    const std::vector<listed_region> regions = regions_of(device_.name());
    const std::vector<listed_group> groups = groups_among(regions);
    std::set<std::uint64_t> in_groups;
    std::map<std::string, std::size_t> of_alias;
    for (const listed_group& group : groups) {
        in_groups.insert(group.members.begin(), group.members.end());
        if (++of_alias[group.alias] == 2) {
            ++found.double_groups;
            found.details += "two groups of " + group.alias + "\n";
        }
    }
    for (const listed_region& region : regions) {
        if (in_groups.contains(region.id)) continue;
        ++found.leaked_regions;
        found.details += "region " + std::to_string(region.id) + " is in no group: " + region.aux + "\n";
    }
    for (std::size_t i = 0; i < files_; ++i) {
        const file_map map = map_of(path_of(i));
        const std::string alias = "file" + std::to_string(i);
        // Without extents there is no group.
        if (map.runs.empty() && map.pending == 0 && !of_alias.contains(alias)) continue;
        const map_report report = compare(map, regions, {.id = {}, .alias = alias});
        if (report.in_sync() && map.pending == 0) continue;
        ++found.out_of_sync;
        found.details += path_of(i) + ": " + report.summary();
        if (map.pending > 0) found.details += "; " + std::to_string(map.pending) + " extents are not allocated yet";
        found.details += '\n';
    }
    return found;
}

// Sectors, by the regions of the file and those that it had. Nothing without a group.
std::optional<std::uint64_t> soak_world::written_to(std::size_t file) const {
    const map_report report =
        compare(map_of(path_of(file)), regions_of(device_.name()), {.id = {}, .alias = "file" + std::to_string(file)});
    if (!report.group) return std::nullopt;
    const auto leader = std::ranges::find(report.regions, report.group->id, &listed_region::id);
    if (leader == report.regions.end()) return std::nullopt;
    const std::string tag = leader->aux.substr(leader->aux.rfind('#') + 1);
    std::uint64_t written = carried_sectors_written(tag.substr(0, tag.find(' ')));
    for (const listed_region& region : report.regions) written += counts_of(device_.name(), region.id).sectors_written;
    return written;
}

// Without any I/O a kill changes no total.
void soak_world::check_counts(finding& into, milliseconds bound) {
    const std::size_t which = below(static_cast<unsigned>(files_));
    const auto before = written_to(which);
    foreground_daemon& daemon = follower_of(which);
    const std::string watching = path_of(which) + ": watching";
    const std::size_t said = daemon.times_logged(watching);
    daemon.kill();
    daemon.start();
    const auto is_followed = [&] {
        return is_of_service(which) ? is_reported(which, page_of_service()) : daemon.times_logged(watching) > said;
    };
    if (!wait_until([&] { return is_followed() && (into = refresh()).clean(); }, bound)) {
        ++into.out_of_sync;
        into.details += path_of(which) + ": not followed or not in sync after a kill\n";
        return;
    }
    const auto after = written_to(which);
    if (before == after) return;
    ++into.lost_counts;
    into.details += path_of(which) + ": " + std::to_string(after.value_or(0)) + " sectors written, before the kill " +
                    std::to_string(before.value_or(0)) + "\n";
}

// Without any, no reading could go down.
void soak_world::check_totals(finding& into) {
    const std::string page = page_of_service();
    totals_.compare(page);
    for (std::size_t i = 0; i < files_; ++i) {
        if (!is_of_service(i) || is_reported(i, page)) continue;
        ++into.unreported;
        into.details += path_of(i) + ": the service reports no counters\n";
    }
}

soak_world::finding soak_world::refresh_when_quiet(milliseconds bound) {
    for (std::size_t i = 0; i < files_; ++i) file_editor(path_of(i)).sync();
    finding found;
    const auto is_clean = [&] {
        found = refresh();
        check_totals(found);
        return found.clean();
    };
    if (wait_until(is_clean, bound)) check_counts(found, bound);
    return found;
}

}  // namespace filemap::test
