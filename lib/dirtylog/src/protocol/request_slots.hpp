#pragma once

#include "netlink/datagram.hpp"

#include <span>
#include <string>
#include <vector>

namespace dirtylog {

/**
 * @brief Where requests are received into, and stay until they are answered.
 * @details
 * In a mapped file of `/run`, so that a process that takes the place of a killed one answers what that one has taken
 * from the socket: the kernel would wait 15 s for it. Nothing is written for that but what the kernel writes anyway,
 * and a zero when the answer was sent.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class request_slots {
public:
    static constexpr std::size_t count = 64;
    /// A request is at most 528 bytes.
    static constexpr std::size_t slot_size = 640;

    /// @param directory Empty: in memory only.
    [[nodiscard]] static result<request_slots> open(const std::string& directory);
    request_slots(request_slots&& other) noexcept;
    request_slots& operator=(request_slots&&) = delete;
    ~request_slots();

    [[nodiscard]] std::span<std::byte> operator[](std::size_t slot) const noexcept {
        return memory_.subspan(slot * slot_size, slot_size);
    }
    /// Those that a process before this one has not answered. They are taken.
    [[nodiscard]] const std::vector<std::size_t>& left() const noexcept { return left_; }

    [[nodiscard]] std::size_t free() const noexcept { return free_.size(); }
    [[nodiscard]] std::size_t take() noexcept;
    /// It was answered, or will not be.
    void give_back(std::size_t slot) noexcept;
    /// Nothing was received into it.
    void give_back_unused(std::size_t slot) noexcept { free_.push_back(slot); }

private:
    explicit request_slots(std::span<std::byte> memory);
    [[nodiscard]] bool is_used(std::size_t slot) const noexcept;

    std::span<std::byte> memory_;
    std::vector<std::size_t> free_;
    std::vector<std::size_t> left_;
};

}  // namespace dirtylog
