#include "support/logged_daemon.hpp"

#include "support/daemon.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <signal.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds time_limit{60};

char state_of_thread(const std::filesystem::path& thread) {
    std::ifstream file(thread / "stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');
    return name_end == std::string::npos ? 'X' : text.at(name_end + 2);
}

[[noreturn]] void execute(std::vector<std::string> arguments, int log) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::dup2(log, STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
}

}  // namespace

thread_states threads_of(pid_t process) {
    thread_states states;
    std::error_code ended;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task", ended))
        switch (state_of_thread(thread.path())) {
            case 'D': ++states.waiting_for_device; break;
            case 'X':
            case 'Z': ++states.ended; break;
            default: ++states.others;
        }
    return states;
}

logged_daemon::logged_daemon(std::vector<std::string> arguments, const std::function<void()>& before) {
    arguments.insert(arguments.begin(), {daemon_executable(), "--foreground", "--verbose"});
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot start " + arguments[0]);
    if (pid_ > 0) return;
    before();
    execute(std::move(arguments), log_.descriptor());
}

logged_daemon::~logged_daemon() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        (void)wait_for_end(time_limit);
    }
}

void logged_daemon::signal(int number) const {
    ::kill(pid_, number);
}

std::optional<int> logged_daemon::wait_for_end(milliseconds bound) {
    std::optional<int> status = test::wait_for_end(pid_, bound);
    if (status) pid_ = -1;
    return status;
}

std::optional<int> logged_daemon::stop() {
    signal(SIGTERM);
    return wait_for_end(time_limit);
}

halted::halted(pid_t process) : process_(process) {
    ::kill(process, SIGSTOP);
    const auto is_stopped = [&] { return state_of_thread("/proc/" + std::to_string(process)) == 'T'; };
    if (!wait_until(is_stopped, time_limit)) throw std::runtime_error("the process does not stop");
}

halted::~halted() {
    ::kill(process_, SIGCONT);
}

}  // namespace filemap::test
