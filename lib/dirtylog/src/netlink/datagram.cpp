#include "netlink/datagram.hpp"

#include <cstddef>
#include <utility>

#include <linux/connector.h>
#include <linux/dm-log-userspace.h>
#include <linux/netlink.h>

namespace dirtylog {
namespace {

static_assert(sizeof(nlmsghdr) == netlink_head_size);
static_assert(sizeof(cn_msg) == connector_head_size);
static_assert(sizeof(dm_ulog_request) == request_head_size);
static_assert(request_types == DM_ULOG_IS_REMOTE_RECOVERING);

using buffer = std::span<const std::byte>;

template <class T>
T take(buffer from, std::size_t at = 0) noexcept {
    T value;
    std::memcpy(&value, from.data() + at, sizeof value);
    return value;
}

region take_region(buffer data) noexcept {
    return region{take<std::uint64_t>(data)};
}

// Returns the alternative whose number is the request type.
template <std::size_t... I>
request_body empty_question(std::uint32_t type, std::index_sequence<I...>) noexcept {
    request_body body = request::unknown{};
    (void)((type == I + 1 && (body.emplace<I>(), true)) || ...);
    return body;
}

// Reads the data of a request. Returns false if its size does not fit the request.
struct reader {
    buffer data;

    template <class Nothing>
    bool operator()(Nothing&) const noexcept {
        return true;
    }
    bool operator()(request::construct& c) const noexcept {
        const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
        c.is_repeated = text.ends_with('\0');
        c.arguments = text.substr(0, text.find('\0'));
        return true;
    }
    bool operator()(request::is_clean& q) const noexcept { return read(q.which); }
    bool operator()(request::in_sync& q) const noexcept { return read(q.which); }
    bool operator()(request::is_remote_recovering& q) const noexcept { return read(q.which); }
    bool operator()(request::flush& q) const noexcept { return read(q.marks); }
    bool operator()(request::mark& q) const noexcept { return read(q.which); }
    bool operator()(request::clear& q) const noexcept { return read(q.which); }
    bool operator()(request::set_region_sync& q) const noexcept {
        if (data.size() != 2 * sizeof(std::uint64_t)) return false;
        q.which = take_region(data);
        q.in_sync = take<std::int64_t>(data, sizeof(std::uint64_t)) != 0;
        return true;
    }

private:
    bool read(region& which) const noexcept {
        if (data.size() != sizeof(std::uint64_t)) return false;
        which = take_region(data);
        return true;
    }
    bool read(region_list& which) const noexcept {
        which = region_list(data);
        return data.size() % sizeof(std::uint64_t) == 0;
    }
};

// The part behind the netlink and the connector head, as long as all lengths have it.
std::optional<buffer> connector_payload(buffer datagram) noexcept {
    if (datagram.size() < netlink_head_size + connector_head_size) return std::nullopt;
    const auto netlink = take<nlmsghdr>(datagram);
    if (netlink.nlmsg_len < netlink_head_size + connector_head_size || netlink.nlmsg_len > datagram.size())
        return std::nullopt;
    const buffer message = datagram.first(netlink.nlmsg_len).subspan(netlink_head_size);
    const auto id = take<cb_id>(message);
    const auto length = take<std::uint16_t>(message, offsetof(cn_msg, len));
    const buffer payload = message.subspan(connector_head_size);
    if (id.idx != CN_IDX_DM || id.val != CN_VAL_DM_USERSPACE_LOG || length > payload.size()) return std::nullopt;
    return payload.first(length);
}

std::optional<log_uuid> take_uuid(buffer head) noexcept {
    const char* const text = reinterpret_cast<const char*>(head.data()) + offsetof(dm_ulog_request, uuid);
    return log_uuid::make(std::string_view(text, ::strnlen(text, DM_UUID_LEN)));
}

constexpr const char* names[] = {"CTR",
                                 "DTR",
                                 "PRESUSPEND",
                                 "POSTSUSPEND",
                                 "RESUME",
                                 "GET_REGION_SIZE",
                                 "IS_CLEAN",
                                 "IN_SYNC",
                                 "FLUSH",
                                 "MARK_REGION",
                                 "CLEAR_REGION",
                                 "GET_RESYNC_WORK",
                                 "SET_REGION_SYNC",
                                 "GET_SYNC_COUNT",
                                 "STATUS_INFO",
                                 "STATUS_TABLE",
                                 "IS_REMOTE_RECOVERING",
                                 "unknown"};
static_assert(std::size(names) == std::variant_size_v<request_body>);

constexpr std::size_t number_size = sizeof(std::uint64_t);

struct sizes {
    template <class Nothing>
    std::size_t operator()(const Nothing&) const noexcept {
        return 0;
    }
    std::size_t operator()(const request::get_region_size&) const noexcept { return number_size; }
    std::size_t operator()(const request::is_clean&) const noexcept { return number_size; }
    std::size_t operator()(const request::in_sync&) const noexcept { return number_size; }
    std::size_t operator()(const request::get_sync_count&) const noexcept { return number_size; }
    std::size_t operator()(const request::get_resync_work&) const noexcept { return 2 * number_size; }
    std::size_t operator()(const request::is_remote_recovering&) const noexcept { return 2 * number_size; }
    std::size_t operator()(const request::status_info&) const noexcept { return max_answer_data_length; }
    std::size_t operator()(const request::status_table&) const noexcept { return max_answer_data_length; }
};

// Writes both heads. The kernel checks the lengths, the id and `seq`.
void write_heads(sequence seq, std::size_t length, std::span<std::byte> out) noexcept {
    nlmsghdr netlink{};
    netlink.nlmsg_len = static_cast<std::uint32_t>(netlink_head_size + connector_head_size + length);
    netlink.nlmsg_type = NLMSG_DONE;
    cn_msg message{};
    message.id = {CN_IDX_DM, CN_VAL_DM_USERSPACE_LOG};
    message.seq = static_cast<std::uint32_t>(seq.value());
    message.len = static_cast<std::uint16_t>(length);
    std::memcpy(out.data(), &netlink, sizeof netlink);
    std::memcpy(out.data() + netlink_head_size, &message, sizeof message);
}

}  // namespace

std::string_view name_of(const request_body& body) noexcept {
    return names[body.index()];
}

std::size_t answer_size(const request_body& body) noexcept {
    return std::visit(sizes{}, body);
}

std::optional<kernel_request> parse_request(std::span<const std::byte> datagram) noexcept {
    const auto payload = connector_payload(datagram);
    if (!payload || payload->size() < request_head_size) return std::nullopt;
    const auto data_size = take<std::uint32_t>(*payload, offsetof(dm_ulog_request, data_size));
    const auto uuid = take_uuid(*payload);
    if (!uuid || data_size > payload->size() - request_head_size) return std::nullopt;
    const auto type = take<std::uint32_t>(*payload, offsetof(dm_ulog_request, request_type));
    kernel_request message{{*uuid, log_luid{take<std::uint64_t>(*payload, offsetof(dm_ulog_request, luid))}},
                           sequence{take<std::uint32_t>(*payload, offsetof(dm_ulog_request, seq))},
                           take<std::uint32_t>(*payload, offsetof(dm_ulog_request, version)),
                           empty_question(type, std::make_index_sequence<request_types>())};
    const buffer data = payload->subspan(request_head_size, data_size);
    if (!std::visit(reader{data}, message.body)) return std::nullopt;
    return message;
}

void reply::fail(int negative_errno, std::size_t data_size) noexcept {
    error = negative_errno;
    size = std::min(data_size, data.size());
    std::fill_n(data.begin(), size, std::byte{});
}

void reply::put(std::uint64_t number) noexcept {
    std::memcpy(data.data() + size, &number, sizeof number);
    size += sizeof number;
}

void reply::put(std::string_view text) noexcept {
    const std::size_t fits = std::min(text.size(), data.size() - size - 1);
    std::memcpy(data.data() + size, text.data(), fits);
    size += fits;
    data[size++] = std::byte{};
}

std::size_t write_reply(const reply& answer, std::span<std::byte> out) noexcept {
    write_heads(answer.seq, request_head_size + answer.size, out);
    dm_ulog_request body{};
    body.version = DM_ULOG_REQUEST_VERSION;
    body.seq = static_cast<std::uint32_t>(answer.seq.value());
    body.error = answer.error;
    body.data_size = static_cast<std::uint32_t>(answer.size);
    std::memcpy(out.data() + netlink_head_size + connector_head_size, &body, request_head_size);
    std::memcpy(out.data() + heads_size, answer.data.data(), answer.size);
    return heads_size + answer.size;
}

}  // namespace dirtylog
