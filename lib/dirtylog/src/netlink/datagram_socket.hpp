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
 * @brief Receives and sends several datagrams per system call, from and to slots.
 * @details Sets the socket to blocking mode. Each call states whether it waits.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class datagram_socket {
public:
    static constexpr std::size_t batch_size = 8;

    enum class waiting { no, briefly };

    /// @param socket Not owned.
    /// @param brief Maximum wait. The kernel rounds it up to its clock tick: 10 ms at HZ=100.
    datagram_socket(int socket, std::chrono::microseconds short_wait);

    struct received {
        std::size_t slot = 0;
        std::size_t size = 0;
        /// The sender is not the kernel.
        bool is_foreign = false;
        /// The datagram was truncated: no request is so long.
        bool is_cut = false;
    };
    /// Receives into free slots. @return Empty if no datagram is ready or arrives in time.
    [[nodiscard]] result<std::span<const received>> receive(request_slots& slots, waiting how);

    /// @param slots Indexes of @p answers and @p sizes. @return Number of datagrams sent.
    [[nodiscard]] result<std::size_t> send(
        std::span<const std::size_t> slots,
        std::array<std::array<std::byte, max_answer_length>, request_slots::count>& answers,
        const std::array<std::size_t, request_slots::count>& sizes);

private:
    int socket_;
    bool is_netlink_;
    std::array<mmsghdr, batch_size> messages_{};
    std::array<iovec, batch_size> parts_{};
    std::array<sockaddr_nl, batch_size> names_{};
    std::array<std::size_t, batch_size> slots_{};
    std::vector<received> received_;
};

}  // namespace dirtylog
