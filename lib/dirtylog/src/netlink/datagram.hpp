#pragma once

#include "model/units.hpp"

#include <cstring>
#include <span>
#include <variant>

namespace dirtylog {

/// Layout: netlink head, connector head, `dm_ulog_request`, data. The request starts at byte 36, so its 64-bit numbers
/// are not aligned.
inline constexpr std::size_t netlink_head_size = 16;
inline constexpr std::size_t connector_head_size = 20;
inline constexpr std::size_t request_head_size = 160;
inline constexpr std::size_t heads_size = netlink_head_size + connector_head_size + request_head_size;
/// The kernel builds its requests in a buffer of 512 bytes.
inline constexpr std::size_t max_request_data_length = 512 - connector_head_size - request_head_size;
/// Room for a status with the longest path that a constructor string can hold.
inline constexpr std::size_t max_answer_data_length = 384;
inline constexpr std::size_t max_answer_length = heads_size + max_answer_data_length;

/// View of region numbers in a datagram. Valid while the datagram is.
class region_list {
public:
    region_list() noexcept = default;
    explicit region_list(std::span<const std::byte> numbers) noexcept : numbers_(numbers) {}

    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size() / sizeof(std::uint64_t); }
    [[nodiscard]] region operator[](std::size_t i) const noexcept {
        std::uint64_t number = 0;
        std::memcpy(&number, numbers_.data() + i * sizeof number, sizeof number);
        return region{number};
    }

private:
    std::span<const std::byte> numbers_;
};

/// Requests of the kernel, in the order of `DM_ULOG_*`.
namespace request {
struct construct {
    std::string_view arguments;
    /// The kernel repeats the request because the log was unknown, and accepts no data in the answer.
    bool is_repeated = false;
};
struct destroy {};
struct presuspend {};
struct postsuspend {};
struct resume {};
struct get_region_size {};
struct is_clean {
    region which;
};
struct in_sync {
    region which;
};
/// With regions to mark first, if the table has `integrated_flush`.
struct flush {
    region_list marks;
};
struct mark {
    region_list which;
};
struct clear {
    region_list which;
};
struct get_resync_work {};
struct set_region_sync {
    region which;
    bool in_sync = false;
};
struct get_sync_count {};
struct status_info {};
struct status_table {};
struct is_remote_recovering {
    region which;
};
/// Request of a kernel that is newer than this program.
struct unknown {};
}  // namespace request

using request_body =
    std::variant<request::construct, request::destroy, request::presuspend, request::postsuspend, request::resume,
                 request::get_region_size, request::is_clean, request::in_sync, request::flush, request::mark,
                 request::clear, request::get_resync_work, request::set_region_sync, request::get_sync_count,
                 request::status_info, request::status_table, request::is_remote_recovering, request::unknown>;
inline constexpr std::size_t request_types = std::variant_size_v<request_body> - 1;

/// Parsed request. Valid while its datagram is.
struct kernel_request {
    log_key key;
    sequence seq;
    std::uint32_t version = 0;
    request_body body;
};

/// Name of a request in the kernel's header: "CTR" for a construct.
[[nodiscard]] std::string_view name_of(const request_body& body) noexcept;

/// Bytes of data that the kernel accepts in the answer.
[[nodiscard]] std::size_t answer_size(const request_body& body) noexcept;

/// Parses a datagram. nullopt: no kernel sends it; the caller drops it.
[[nodiscard]] std::optional<kernel_request> parse_request(std::span<const std::byte> datagram) noexcept;

struct reply {
    reply() noexcept {}
    explicit reply(sequence number) noexcept : seq(number) {}

    sequence seq;
    /// 0 or a negative errno.
    int error = 0;
    std::size_t size = 0;
    /// Bytes behind `size` are not set.
    std::array<std::byte, max_answer_data_length> data;

    /// Makes the reply a failure with zeroed data. With -ESRCH the kernel keeps the data size for the answer to its
    /// retry.
    void fail(int negative_errno, std::size_t data_size = 0) noexcept;
    void put(std::uint64_t number) noexcept;
    /// Appends the text and a NUL. Text that does not fit is truncated.
    void put(std::string_view text) noexcept;
};

/// @param out At least @ref max_answer_length bytes. @return The bytes of the datagram.
std::size_t write_reply(const reply& answer, std::span<std::byte> out) noexcept;

}  // namespace dirtylog
