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

/// While monitors end, which is soon over, so often is looked whether only devices that hang are left.
inline constexpr std::chrono::milliseconds stop_pace{100};

/**
 * @brief Tells devices that hang from devices that work, by looking now and then at the calls that are pending. Without
 * I/O.
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
        /// Its call has not begun: others that hang keep all threads. Nothing is known of the device itself.
        waits_for_thread,
    };

    /// That a device hangs is said once until it answers again, and the other way round.
    struct remark {
        device_id device;
        state is = state::hangs;
        /// How long it has not answered, or has waited.
        duration since{};
    };

    /// @param patience Time limit of a call, running or waiting, without a remark.
    explicit hang_detector(duration patience) : patience_(patience) {}

    [[nodiscard]] std::vector<remark> observe(std::span<const pending_call> calls, time_point now);

private:
    struct watched {
        std::uint64_t answers = 0;
        /// Since when, if it was said.
        std::optional<time_point> hangs_since{};
        bool said_to_wait = false;
    };

    duration patience_;
    std::map<device_id, watched> devices_;
};

}  // namespace filemap
