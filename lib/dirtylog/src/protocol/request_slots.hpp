#pragma once

#include "netlink/datagram.hpp"

#include <span>
#include <string>
#include <vector>

namespace dirtylog {

/**
 * @brief Buffers of requests, from receipt to answer.
 * @details
 * The slots lie in a mapped file in `/run`. After a kill, the next process answers the requests that the killed process
 * had already received; the kernel would otherwise wait 15 s. The only extra write is a zero after the answer is sent.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class request_slots {
public:
    static constexpr std::size_t count = 64;
    /// A request has at most 528 bytes.
    static constexpr std::size_t slot_size = 640;

    /// @param directory Empty: the slots are in memory only.
    [[nodiscard]] static result<request_slots> open(const std::string& directory);
    request_slots(request_slots&& other) noexcept;
    request_slots& operator=(request_slots&&) = delete;
    ~request_slots();

    [[nodiscard]] std::span<std::byte> operator[](std::size_t slot) const noexcept {
        return memory_.subspan(slot * slot_size, slot_size);
    }
    /// Slots of requests that an earlier process did not answer. These slots count as taken.
    [[nodiscard]] const std::vector<std::size_t>& unanswered() const noexcept { return unanswered_; }

    [[nodiscard]] std::size_t free() const noexcept { return free_.size(); }
    [[nodiscard]] std::size_t acquire() noexcept;
    /// Frees a slot whose request is answered or dropped.
    void release(std::size_t slot) noexcept;
    /// Frees a slot that received no datagram.
    void release_unused(std::size_t slot) noexcept { free_.push_back(slot); }

private:
    explicit request_slots(std::span<std::byte> memory);
    [[nodiscard]] bool is_used(std::size_t slot) const noexcept;

    std::span<std::byte> memory_;
    std::vector<std::size_t> free_;
    std::vector<std::size_t> unanswered_;
};

}  // namespace dirtylog
