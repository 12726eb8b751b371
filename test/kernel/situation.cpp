#include "kernel/situation.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr milliseconds quiet_time{600};

/// Context switches of all threads of a process.
std::uint64_t switches_of(pid_t process) {
    std::uint64_t sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
        std::ifstream status(thread.path() / "status");
        for (std::string line; std::getline(status, line);) {
            const std::size_t at = line.find("voluntary_ctxt_switches:\t");
            if (at != std::string::npos) sum += std::stoull(line.substr(line.find('\t') + 1));
        }
    }
    return sum;
}

}  // namespace

std::string_view name_of(call_form form) {
    switch (form) {
        case call_form::own_inode: return "own_inode";
        case call_form::own_path: return "own_path";
        case call_form::drop_in_inode: return "drop_in_inode";
        case call_form::drop_in_path: return "drop_in_path";
    }
    throw std::logic_error("no such form");
}

situation::situation(call_form form) : form_(form), device_(shared_device().name()) {
    use_own_control_node();
    std::filesystem::remove_all(upper());
    std::filesystem::create_directories(directory());
    path = directory() + "/file";
}

situation::~situation() {
    daemon_.reset();
    let_go();
    while (!undoing_.empty()) {
        undoing_.back()();
        undoing_.pop_back();
    }
    delete_all_regions(device_);
    std::error_code ignored;
    std::filesystem::remove_all(upper(), ignored);
}

void situation::use_own_device() {
    own_device_ = std::make_unique<scratch_device>("other", file_system_under_test(), 310);
    device_ = own_device_->name();
    std::filesystem::create_directories(directory());
    path = directory() + "/file";
}

std::string situation::mount_point() const {
    return "/mnt/" + device_;
}

std::vector<std::string> situation::own_command() const {
    std::vector<std::string> command{daemon_executable(), "--foreground", "-vv"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--follow", follows_path() ? "path" : "inode", path});
    return command;
}

// Starts the daemon like `dmstats create --filemap`, but in the foreground.
void situation::start_drop_in() {
    std::vector<std::string> command{"dmstats", "create", "--filemap", "--nomonitor"};
    command.insert(command.end(), creation.begin(), creation.end());
    command.push_back(path);
    run_or_throw(command);
    const std::string group_id = std::to_string(group().id);
    const int file = ::open(path.c_str(), O_RDONLY);  // for the daemon
    BOOST_TEST_REQUIRE(file >= 0, path);
    daemon_ = std::make_unique<background_program>(std::vector<std::string>{
        daemon_executable(), std::to_string(file), group_id, path, follows_path() ? "path" : "inode", "1", "2"});
    ::close(file);
}

void situation::start() {
    if (is_own(form_)) {
        daemon_ = std::make_unique<background_program>(own_command());
    } else {
        start_drop_in();
    }
    expect_log(": watching, ");
}

void situation::expect_log(const std::string& text) const {
    BOOST_TEST_REQUIRE(wait_until([&] { return log().find(text) != std::string::npos; }, reaction_bound),
                       "not logged: " << text << "\n"
                                      << log());
}

void situation::freeze() const {
    BOOST_TEST_REQUIRE(::kill(daemon_->pid(), SIGSTOP) == 0);
}

void situation::thaw() const {
    BOOST_TEST_REQUIRE(::kill(daemon_->pid(), SIGCONT) == 0);
}

void situation::wait_until_quiet() const {
    std::uint64_t switches = 0;
    auto since = std::chrono::steady_clock::now();
    const bool quiet = wait_until(
        [&] {
            const auto now = std::chrono::steady_clock::now();
            const std::uint64_t counted = switches_of(daemon_->pid());
            if (counted != switches) since = now;
            switches = counted;
            return now - since >= quiet_time;
        },
        reaction_bound);
    BOOST_TEST_REQUIRE(quiet, "the daemon does not come to rest");
}

std::string situation::hold(const std::string& file, int flags) {
    held_ = ::open(file.c_str(), flags | O_CLOEXEC);
    BOOST_TEST_REQUIRE(held_ >= 0, file);
    return "/proc/self/fd/" + std::to_string(held_);
}

void situation::let_go() {
    if (held_ >= 0) ::close(held_);
    held_ = -1;
}

listed_group situation::group() const {
    const auto groups = groups_among(regions());
    const std::string name = path.substr(path.rfind('/') + 1);
    const auto found = std::ranges::find(groups, name, &listed_group::alias);
    BOOST_TEST_REQUIRE((found != groups.end()), "there is no group " << name);
    return *found;
}

std::string situation::message(const std::vector<std::string>& words) const {
    std::vector<std::string> command{"dmsetup", "message", device_, "0"};
    command.insert(command.end(), words.begin(), words.end());
    std::string answer = run_or_throw(command);
    while (answer.ends_with('\n')) answer.pop_back();
    return answer;
}

std::string situation::add_stranger(const std::string& program) {
    const std::string id = message({"@stats_create", "8+8", "8", "0", program});
    leave_alone(std::stoull(id));
    return id;
}

void situation::leave_alone(std::uint64_t region) {
    const auto all = regions();
    const auto found = std::ranges::find(all, region, &listed_region::id);
    BOOST_TEST_REQUIRE((found != all.end()), "there is no region " << region);
    strangers_.push_back(*found);
}

bool situation::is_strangers(std::uint64_t region) const {
    return std::ranges::find(strangers_, region, &listed_region::id) != strangers_.end();
}

void situation::check_strangers() const {
    if (strangers_.empty()) return;
    const auto all = regions();
    for (const listed_region& stranger : strangers_) {
        const auto found = std::ranges::find(all, stranger.id, &listed_region::id);
        const bool same = found != all.end() && found->run == stranger.run && found->program == stranger.program &&
                          found->aux == stranger.aux;
        BOOST_TEST(same, "region " << stranger.id << " of another program is not what it was");
    }
}

std::vector<listed_region> situation::ours() const {
    std::vector<listed_region> all = regions();
    std::erase_if(all, [this](const listed_region& region) { return is_strangers(region.id); });
    return all;
}

}  // namespace filemap::test
