#pragma once

#include "dm/simulation/region.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace filemap::dm::detail {

/// A device of the simulated kernel.
struct simulated_device {
    sectors size;
    std::map<std::int32_t, simulated_region> regions;
};

/// Bytes of the regions of all devices.
struct simulated_memory {
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
};

/// Result of a message: an answer or an errno.
class outcome {
public:
    outcome(std::string answer) noexcept : answer_(std::move(answer)) {}
    outcome(int error) noexcept : error_(error) {}

    [[nodiscard]] int error() const noexcept { return error_; }
    [[nodiscard]] std::string take_answer() && noexcept { return std::move(answer_); }

private:
    std::string answer_;
    int error_ = 0;
};

/// Performs the message with these arguments; the name comes first.
[[nodiscard]] outcome perform(simulated_device& device, simulated_memory& memory, std::span<const std::string> message);

}  // namespace filemap::dm::detail
