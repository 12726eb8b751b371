#include "netlink/datagram_socket.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/time.h>

namespace dirtylog {
namespace {

bool is_netlink(int socket) noexcept {
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

}  // namespace

datagram_socket::datagram_socket(int socket, std::chrono::microseconds short_wait)
    : socket_(socket), is_netlink_(is_netlink(socket)) {
    received_.reserve(batch_size);
    const timeval limit{0, short_wait.count()};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
}

result<std::span<const datagram_socket::received>> datagram_socket::receive(request_slots& slots, waiting how) {
    const std::size_t count = std::min(batch_size, slots.free());
    for (std::size_t i = 0; i < count; ++i) {
        slots_[i] = slots.acquire();
        const auto into = slots[slots_[i]];
        parts_[i] = {into.data(), into.size()};
        msghdr& head = messages_[i].msg_hdr;
        head = {};
        head.msg_iov = &parts_[i];
        head.msg_iovlen = 1;
        if (!is_netlink_) continue;
        head.msg_name = &names_[i];
        head.msg_namelen = sizeof names_[i];
    }
    const int flags = how == waiting::no ? MSG_DONTWAIT : MSG_WAITFORONE;
    int got = 0;
    do {
        got = ::recvmmsg(socket_, messages_.data(), static_cast<unsigned>(count), flags, nullptr);
    } while (got < 0 && errno == EINTR);
    const int error = errno;
    const std::size_t many = got > 0 ? static_cast<std::size_t>(got) : 0;
    for (std::size_t i = many; i < count; ++i) slots.release_unused(slots_[i]);
    if (got < 0 && error != EAGAIN) return errno_failure(error, "receiving");
    received_.clear();
    for (std::size_t i = 0; i < many; ++i) {
        const msghdr& head = messages_[i].msg_hdr;
        received_.push_back(
            {slots_[i], messages_[i].msg_len, is_netlink_ && names_[i].nl_pid != 0, (head.msg_flags & MSG_TRUNC) != 0});
    }
    return std::span<const received>(received_);
}

result<std::size_t> datagram_socket::send(
    std::span<const std::size_t> slots,
    std::array<std::array<std::byte, max_answer_length>, request_slots::count>& answers,
    const std::array<std::size_t, request_slots::count>& sizes) {
    const std::size_t count = std::min(batch_size, slots.size());
    for (std::size_t i = 0; i < count; ++i) {
        parts_[i] = {answers[slots[i]].data(), sizes[slots[i]]};
        msghdr& head = messages_[i].msg_hdr;
        head = {};
        head.msg_iov = &parts_[i];
        head.msg_iovlen = 1;
        if (!is_netlink_) continue;
        // Port 0 is the kernel.
        names_[i] = {};
        names_[i].nl_family = AF_NETLINK;
        head.msg_name = &names_[i];
        head.msg_namelen = sizeof names_[i];
    }
    int sent = 0;
    do {
        sent = ::sendmmsg(socket_, messages_.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == ENOBUFS) return std::size_t{0};
    return filemap::last_system_failure("sending");
}

}  // namespace dirtylog
