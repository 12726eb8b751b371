#pragma once

#include "protocol/request_slots.hpp"

#include <filemap/fs/descriptor.hpp>

#include <array>
#include <chrono>
#include <vector>

#include <linux/netlink.h>
#include <sys/socket.h>

namespace dirtylog {

/**
 * @brief Some datagrams at once, from slots and into them.
 * @details The socket blocks, whatever it did before, and each call says whether it waits.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class datagram_socket {
public:
    static constexpr std::size_t at_once = 8;

    enum class waiting { no, briefly };

    /// @param socket Not owned.
    /// @param brief  How long is waited at most, as the kernel's clock rounds it up: to 10 ms on a slow one.
    datagram_socket(int socket, std::chrono::microseconds brief);

    struct received {
        std::size_t slot = 0;
        std::size_t size = 0;
        /// It was not sent by the kernel.
        bool is_foreign = false;
        /// It did not fit: no request is so long.
        bool is_cut = false;
    };
    /// Takes slots for what it receives. @return Nothing if nothing is there, or comes.
    [[nodiscard]] result<std::span<const received>> receive(request_slots& slots, waiting how);

    /// @param slots Of @p answers, and as many of their bytes as @p sizes says. @return How many were sent.
    [[nodiscard]] result<std::size_t> send(
        std::span<const std::size_t> slots,
        std::array<std::array<std::byte, max_answer_length>, request_slots::count>& answers,
        const std::array<std::size_t, request_slots::count>& sizes);

private:
    int socket_;
    bool is_netlink_;
    std::array<mmsghdr, at_once> messages_{};
    std::array<iovec, at_once> parts_{};
    std::array<sockaddr_nl, at_once> names_{};
    std::array<std::size_t, at_once> taken_{};
    std::vector<received> got_;
};

}  // namespace dirtylog
