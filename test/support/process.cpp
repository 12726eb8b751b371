#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::test {
namespace {

[[noreturn]] void throw_last(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string text_of(int file) {
    std::string all;
    std::array<char, 4096> piece;
    ssize_t got = 0;
    while ((got = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(all.size()))) > 0)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

/// A file in memory for a program's output. Unlike a pipe it needs no reader, and a process that keeps it open delays
/// no other.
class capture {
public:
    capture() : file_(::memfd_create("capture", MFD_CLOEXEC)) {
        if (file_ < 0) throw_last("memfd_create");
    }
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;
    ~capture() { ::close(file_); }

    [[nodiscard]] int get() const { return file_; }

    [[nodiscard]] std::string text() const { return text_of(file_); }

private:
    int file_;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// This process's environment with some variables set.
std::vector<std::string> environment_with(const std::vector<std::string>& settings) {
    std::vector<std::string> all;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto is_same_variable = [&](const std::string& setting) {
            return text.starts_with(std::string_view(setting).substr(0, setting.find('=') + 1));
        };
        if (std::ranges::none_of(settings, is_same_variable)) all.emplace_back(text);
    }
    all.insert(all.end(), settings.begin(), settings.end());
    return all;
}

pid_t spawn(std::vector<std::string> arguments, std::vector<std::string> environment, int out, int err) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, arguments[0].c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                      pointers_to(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? child : -1;
}

/// Waits for the pidfd, without polling. Does not reap the child.
bool ended_within(pid_t child, milliseconds bound) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    if (handle < 0) throw_last("pidfd_open");
    pollfd waited{.fd = handle, .events = POLLIN, .revents = 0};
    const auto until = std::chrono::steady_clock::now() + bound;
    int ready = 0;
    do {
        const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        ready = ::poll(&waited, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    } while (ready < 0 && errno == EINTR);
    ::close(handle);
    return ready > 0;
}

int reap(pid_t child) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw_last("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct process_state {
    char letter = 'X';
    pid_t parent = 0;
};

process_state state_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(file, text);
    process_state state;
    const std::size_t name_end = text.rfind(')');
    if (name_end != std::string::npos) std::istringstream(text.substr(name_end + 1)) >> state.letter >> state.parent;
    return state;
}

}  // namespace

program_result run_program(const std::vector<std::string>& arguments, milliseconds bound,
                           const std::vector<std::string>& environment) {
    const capture out;
    const capture err;
    const pid_t child = spawn(arguments, environment_with(environment), out.get(), err.get());
    if (child < 0) return {.status = 127, .out = {}, .err = arguments[0] + ": cannot be started"};
    const bool in_time = ended_within(child, bound);
    if (!in_time) ::kill(child, SIGKILL);
    const int status = reap(child);
    return {.status = in_time ? status : 124, .out = out.text(), .err = err.text()};
}

std::string run_or_throw(const std::vector<std::string>& arguments, milliseconds bound,
                         const std::vector<std::string>& environment) {
    program_result ran = run_program(arguments, bound, environment);
    if (ran.status == 0) return std::move(ran.out);
    std::string text;
    for (const std::string& argument : arguments) text += argument + ' ';
    throw std::runtime_error(text + "ended with status " + std::to_string(ran.status) + ": " + ran.err);
}

bool wait_until(const std::function<bool()>& condition, milliseconds bound) {
    const auto until = std::chrono::steady_clock::now() + bound;
    milliseconds pause{2};
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, milliseconds{100});
    }
    return true;
}

void adopt_orphans() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_last("PR_SET_CHILD_SUBREAPER");
}

std::vector<pid_t> processes_of(const std::string& executable) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code ignored;  // a process may end meanwhile, and kernel threads execute no file
        if (std::filesystem::read_symlink(entry.path() / "exe", ignored) != executable) continue;
        const pid_t process = std::stoi(name);
        if (state_of(process).letter != 'Z') found.push_back(process);
    }
    return found;
}

pid_t parent_of(pid_t process) {
    return state_of(process).parent;
}

std::optional<int> wait_for_end(pid_t child, milliseconds bound) {
    if (!ended_within(child, bound)) return std::nullopt;
    return reap(child);
}

background_program::background_program(const std::vector<std::string>& arguments)
    : printed_(::memfd_create("capture", MFD_CLOEXEC)) {
    if (printed_ < 0) throw_last("memfd_create");
    pid_ = spawn(arguments, environment_with({}), printed_, printed_);
    if (pid_ < 0) throw std::runtime_error(arguments[0] + ": cannot be started");
}

background_program::~background_program() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        reap(pid_);
    }
    ::close(printed_);
}

std::string background_program::printed() const {
    return text_of(printed_);
}

std::optional<int> background_program::wait_for_end(milliseconds bound) {
    std::optional<int> status = test::wait_for_end(pid_, bound);
    if (status) pid_ = -1;
    return status;
}

}  // namespace filemap::test
