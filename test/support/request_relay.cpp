#include "support/request_relay.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <linux/connector.h>
#include <linux/dm-log-userspace.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::size_t body = sizeof(nlmsghdr) + sizeof(cn_msg);
constexpr std::size_t seq_at = body + offsetof(dm_ulog_request, seq);
constexpr std::size_t type_at = body + offsetof(dm_ulog_request, request_type);

void check(bool holds, const char* what) {
    if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

request_relay::request_relay() : wake_(::eventfd(0, EFD_CLOEXEC)) {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0, "socketpair");
    relay_ = ends[0];
    server_ = ends[1];
    kernel_ = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    sockaddr_nl name{};
    name.nl_family = AF_NETLINK;
    check(::bind(kernel_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0, "netlink connector");
    const int group = CN_IDX_DM;
    check(::setsockopt(kernel_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0, "joining");
    thread_ = std::thread([this] { run(); });
}

request_relay::~request_relay() {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
    thread_.join();
    for (const int each : {kernel_, relay_, server_, wake_}) ::close(each);
}

void request_relay::set(hooks called) {
    const std::lock_guard lock(mutex_);
    hooks_ = std::move(called);
}

void request_relay::run() {
    std::array<pollfd, 3> waited{{{kernel_, POLLIN, 0}, {relay_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    while (::poll(waited.data(), waited.size(), -1) >= 0 && (waited[2].revents & POLLIN) == 0) {
        if ((waited[0].revents & POLLIN) != 0) pass(way::asked, kernel_, relay_);
        if ((waited[1].revents & POLLIN) != 0) pass(way::answered, relay_, kernel_);
    }
}

void request_relay::pass(way direction, int from, int to) {
    std::array<char, 1024> datagram{};
    const ssize_t size = ::recv(from, datagram.data(), datagram.size(), 0);
    if (size < static_cast<ssize_t>(body + sizeof(dm_ulog_request))) return;
    std::uint32_t seq = 0;
    std::memcpy(&seq, datagram.data() + seq_at, sizeof seq);
    if (direction == way::asked) {
        std::uint32_t type = 0;
        std::memcpy(&type, datagram.data() + type_at, sizeof type);
        asked_[seq] = static_cast<ulog_request>(type & DM_ULOG_REQUEST_MASK);
    }
    const ulog_request what = asked_[seq];
    if (direction == way::answered) asked_.erase(seq);
    const std::lock_guard lock(mutex_);
    if (hooks_.before && !hooks_.before(direction, what)) return;
    (void)::send(to, datagram.data(), static_cast<std::size_t>(size), 0);
    if (hooks_.after) hooks_.after(direction, what);
}

}  // namespace filemap::test
