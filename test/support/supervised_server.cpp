#include "support/supervised_server.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds time_limit{60};
// First descriptor that systemd passes (SD_LISTEN_FDS_START).
constexpr int first_passed = 3;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

supervised_server::supervised_server(std::vector<std::string> command, socket handling)
    : command_(std::move(command)), handling_(handling) {
    listen();
}

supervised_server::~supervised_server() {
    if (pid_ > 0) kill();
    for (const int each : {kept_, notify_}) ::close(each);
    ::unlink(name_.c_str());
}

void supervised_server::listen() {
    static int count = 0;
    name_ = "/run/notify-" + std::to_string(++count);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    notify_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify_ < 0 || ::bind(notify_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot bind " + name_);
}

void supervised_server::pass(int descriptor) {
    ::close(kept_);
    kept_ = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

void supervised_server::launch() {
    is_ready_ = false;
    std::vector<std::string> arguments = by_;
    arguments.insert(arguments.end(), command_.begin(), command_.end());
    std::vector<std::string> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET=" + name_};
    // Filled in after the fork, where allocation is not allowed because the test has other threads.
    std::string of_process = "LISTEN_PID=          ";
    if (kept_ >= 0) variables.insert(variables.end(), {"LISTEN_FDS=1", "LISTEN_FDNAMES=connector", of_process});
    const auto argv = pointers_to(arguments);
    const auto envp = pointers_to(variables);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    if (kept_ >= 0) {
        std::snprintf(variables.back().data(), of_process.size() + 1, "LISTEN_PID=%d", static_cast<int>(::getpid()));
        if (kept_ == first_passed)
            ::fcntl(first_passed, F_SETFD, 0);
        else
            ::dup2(kept_, first_passed);
    }
    ::dup2(log_.descriptor(), STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
}

void supervised_server::receive() {
    std::array<char, 4096> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    while (true) {
        iovec part{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t length = ::recvmsg(notify_, &message, MSG_CMSG_CLOEXEC);
        if (length <= 0) return;
        const std::string_view said(text.data(), static_cast<std::size_t>(length));
        if (said.find("READY=1") != said.npos) is_ready_ = true;
        const cmsghdr* const head = CMSG_FIRSTHDR(&message);
        if (head == nullptr || head->cmsg_type != SCM_RIGHTS) continue;
        int passed = -1;
        std::memcpy(&passed, CMSG_DATA(head), sizeof passed);
        const bool is_to_keep = said.find("FDSTORE=1") != said.npos && said.find("FDNAME=connector") != said.npos;
        if (is_to_keep && handling_ == socket::kept) std::swap(passed, kept_);
        if (passed >= 0) ::close(passed);
    }
}

void supervised_server::await_ready() {
    const auto is_over = [&] {
        receive();
        return is_ready_ || !lives();
    };
    if (!wait_until(is_over, time_limit) || !is_ready_) throw std::runtime_error("the server is not ready: " + log());
}

void supervised_server::start() {
    launch();
    await_ready();
}

bool supervised_server::lives() const {
    siginfo_t about{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT) == 0 && about.si_pid == 0;
}

void supervised_server::signal(int number) const {
    ::kill(pid_, number);
}

void supervised_server::kill() {
    receive();
    signal(SIGKILL);
    if (!wait_for_end(time_limit)) throw std::runtime_error("the server does not die");
}

std::optional<int> supervised_server::wait_for_end(milliseconds bound) {
    const std::optional<int> status = test::wait_for_end(pid_, bound);
    if (status) pid_ = -1;
    return status;
}

std::optional<int> supervised_server::stop() {
    receive();
    signal(SIGTERM);
    return wait_for_end(time_limit);
}

}  // namespace filemap::test
