#include "common/daemon/notify_socket.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace app::daemon {
namespace {

constexpr int ready_patience_ms = 1000;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : std::string_view{};
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

// Connects to a path, or to an abstract name, whose leading NUL is written as '@'.
int connect_to(std::string_view name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return -1;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '/'));
    const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made >= 0 && ::connect(made, reinterpret_cast<const sockaddr*>(&address), length) == 0) return made;
    if (made >= 0) ::close(made);
    return -1;
}

std::string monotonic_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

notify_socket::notify_socket() : socket_(connect_to(environment("NOTIFY_SOCKET"))) {}

notify_socket::~notify_socket() {
    if (socket_ >= 0) ::close(socket_);
}

bool notify_socket::send(std::string_view message) const {
    if (socket_ < 0) return true;
    while (::send(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno != EINTR) return errno != EAGAIN;
    }
    return true;
}

void notify_socket::ready(const std::string& status) {
    if (send("READY=1\nSTATUS=" + status)) return;
    pollfd room{socket_, POLLOUT, 0};
    ::poll(&room, 1, ready_patience_ms);
    send("READY=1\nSTATUS=" + status);
}

void notify_socket::reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_now());
}

void notify_socket::stopping() {
    send("STOPPING=1\nSTATUS=stopping");
}

void notify_socket::status(const std::string& text) {
    send("STATUS=" + text);
}

void notify_socket::alive() {
    send("WATCHDOG=1");
}

bool notify_socket::store(int descriptor, std::string_view name) {
    if (socket_ < 0) return false;
    std::string text = "FDSTORE=1\nFDNAME=" + std::string(name);
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof descriptor)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    while (::sendmsg(socket_, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EAGAIN && errno != EINTR) return false;
        pollfd room{socket_, POLLOUT, 0};
        if (::poll(&room, 1, ready_patience_ms) == 0) return false;
    }
    return true;
}

std::optional<std::chrono::microseconds> watchdog_period() {
    const auto period = number_in(environment("WATCHDOG_USEC"));
    if (!period || *period == 0) return {};
    const std::string_view process = environment("WATCHDOG_PID");
    if (!process.empty() && number_in(process) != static_cast<std::uint64_t>(::getpid())) return {};
    return std::chrono::microseconds(*period);
}

bool stderr_is_journal() {
    struct stat status {};
    if (::fstat(STDERR_FILENO, &status) != 0) return false;
    return environment("JOURNAL_STREAM") == std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

}  // namespace app::daemon
