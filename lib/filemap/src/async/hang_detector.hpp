#pragma once

#include "async/device_executor.hpp"

#include <filemap/units.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace filemap {

/// Interval of checks, while monitors end, whether only hanging devices are left.
inline constexpr std::chrono::milliseconds stop_pace{100};

/**
 * @brief Detects hanging devices by periodic checks of the pending calls. Without I/O.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class hang_detector {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    enum class state {
        hangs,
        answers_again,
        /// The call has not begun, because hanging calls occupy all threads. The state of the device is unknown.
        waits_for_thread,
    };

    /// Change of a device's state. A hanging device is reported once until it answers again, and a recovery once until
    /// it hangs again.
    struct remark {
        device_id device;
        state is = state::hangs;
        /// Time without an answer, or time of waiting.
        duration since{};
    };

    /// @param patience Time limit of a call, running or waiting, without a remark.
    explicit hang_detector(duration patience) : patience_(patience) {}

    [[nodiscard]] std::vector<remark> observe(std::span<const pending_call> calls, time_point now);

private:
    struct watched {
        std::uint64_t answers = 0;
        /// Start of the hang, if the hang was reported.
        std::optional<time_point> hangs_since{};
        bool said_to_wait = false;
    };

    duration patience_;
    std::map<device_id, watched> devices_;
};

}  // namespace filemap
