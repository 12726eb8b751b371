#include "netlink/connector_socket.hpp"

#include <array>
#include <charconv>

#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace dirtylog {
namespace {

using filemap::last_system_failure;
using filemap::fs::descriptor;

// Holds the kernel's requests of many mirrors while the event loop is busy. After a lost request the kernel constructs
// the log again.
constexpr int receive_buffer = 4 * 1024 * 1024;
constexpr std::uint64_t group_bit = 1U << (CN_IDX_DM - 1);
constexpr std::uint32_t kernels_port = 0;

std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

std::string_view last_word(std::string_view line) {
    const std::size_t end = line.find_last_not_of(' ') + 1;
    line = line.substr(0, end);
    return line.substr(line.rfind(' ') + 1);
}

std::optional<std::uint64_t> as_number(std::string_view word, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return number;
}

// Calls @p told for each socket of the connector, with its listener and its groups.
template <class Visit>
void for_each_socket(std::string_view table, Visit visit) {
    while (!table.empty()) {
        std::string_view line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(table.size(), line.size() + 1));
        // Columns: address, protocol, port id, groups. The inode is the last column.
        take_word(line);
        const auto protocol = as_number(take_word(line), 10);
        const auto port = as_number(take_word(line), 10);
        const auto groups = as_number(take_word(line), 16);
        const auto inode = as_number(last_word(line), 10);
        if (protocol == NETLINK_CONNECTOR && port && groups)
            visit(connector_listener{static_cast<std::uint32_t>(*port), inode.value_or(0)}, *groups);
    }
}

}  // namespace

result<descriptor> open_connector_socket() {
    descriptor socket{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR)};
    if (!socket.is_open()) return last_system_failure("netlink connector");
    // Join the group by number below: the mask in nl_groups cannot name this group.
    sockaddr_nl name{};
    name.nl_family = AF_NETLINK;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        return last_system_failure("binding to the netlink connector");
    // Without CAP_NET_ADMIN the default buffer size remains.
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
    constexpr int group = CN_IDX_DM;
    if (::setsockopt(socket.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
        return last_system_failure("joining the group of the kernel's user-space logs");
    return socket;
}

std::vector<connector_listener> connector_listeners(std::string_view proc_net_netlink) {
    std::vector<connector_listener> found;
    for_each_socket(proc_net_netlink, [&](const connector_listener& one, std::uint64_t groups) {
        if (one.port != kernels_port && (groups & group_bit) != 0) found.push_back(one);
    });
    return found;
}

bool is_connectors_namespace(std::string_view proc_net_netlink) {
    bool is_there = false;
    for_each_socket(proc_net_netlink,
                    [&](const connector_listener& one, std::uint64_t) { is_there |= one.port == kernels_port; });
    return is_there;
}

}  // namespace dirtylog
