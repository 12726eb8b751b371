#pragma once

#include "netlink/datagram.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include <linux/connector.h>
#include <linux/dm-log-userspace.h>
#include <linux/netlink.h>

namespace dirtylog::test {

using datagram = std::vector<std::byte>;

inline datagram numbers(std::initializer_list<std::uint64_t> values) {
    datagram data(values.size() * sizeof(std::uint64_t));
    if (values.size() > 0) std::memcpy(data.data(), std::data(values), data.size());
    return data;
}

inline datagram text(std::string_view characters) {
    const auto* const first = reinterpret_cast<const std::byte*>(characters.data());
    return {first, first + characters.size()};
}

struct asked {
    std::uint32_t type = 0;
    datagram data = {};
    std::string_view uuid = "mirror";
    std::uint64_t luid = 0xffff888000001000;
    std::uint32_t seq = 1;
};

/// Returns the datagram of a request, as sent by the kernel.
inline datagram in_datagram(const asked& a) {
    dm_ulog_request body{};
    body.luid = a.luid;
    std::memcpy(body.uuid, a.uuid.data(), a.uuid.size());
    body.version = DM_ULOG_REQUEST_VERSION;
    body.seq = a.seq;
    body.request_type = a.type;
    body.data_size = static_cast<std::uint32_t>(a.data.size());
    cn_msg message{};
    message.id = {CN_IDX_DM, CN_VAL_DM_USERSPACE_LOG};
    message.seq = a.seq;
    message.len = static_cast<std::uint16_t>(sizeof body + a.data.size());
    nlmsghdr netlink{};
    netlink.nlmsg_len = static_cast<std::uint32_t>(sizeof netlink + sizeof message + message.len);
    netlink.nlmsg_type = NLMSG_DONE;
    netlink.nlmsg_seq = a.seq;
    datagram made(netlink.nlmsg_len);
    std::memcpy(made.data(), &netlink, sizeof netlink);
    std::memcpy(made.data() + sizeof netlink, &message, sizeof message);
    std::memcpy(made.data() + sizeof netlink + sizeof message, &body, sizeof body);
    if (!a.data.empty()) std::memcpy(made.data() + heads_size, a.data.data(), a.data.size());
    return made;
}

struct answer {
    std::uint32_t seq = 0;
    int error = 0;
    datagram data = {};

    [[nodiscard]] std::uint64_t number(std::size_t i = 0) const {
        std::uint64_t value = 0;
        if ((i + 1) * sizeof value <= data.size()) std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
        return value;
    }
    [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
};

/// Parses an answer as the kernel does. nullopt: the kernel would reject it.
inline std::optional<answer> taken_by_kernel(const datagram& sent) {
    nlmsghdr netlink;
    cn_msg message;
    if (sent.size() < sizeof netlink + sizeof message) return std::nullopt;
    std::memcpy(&netlink, sent.data(), sizeof netlink);
    std::memcpy(&message, sent.data() + sizeof netlink, sizeof message);
    if (netlink.nlmsg_len > sent.size() || netlink.nlmsg_len < sizeof netlink + sizeof message + message.len)
        return std::nullopt;
    if (message.id.idx != CN_IDX_DM || message.id.val != CN_VAL_DM_USERSPACE_LOG) return std::nullopt;
    if (message.len == 0) return answer{message.seq, -static_cast<int>(message.ack), {}};
    dm_ulog_request body;
    if (message.len < sizeof body) return std::nullopt;
    std::memcpy(&body, sent.data() + sizeof netlink + sizeof message, sizeof body);
    if (sizeof body + body.data_size != message.len) return std::nullopt;
    const auto data = sent.begin() + heads_size;
    return answer{body.seq, body.error, {data, data + body.data_size}};
}

}  // namespace dirtylog::test
