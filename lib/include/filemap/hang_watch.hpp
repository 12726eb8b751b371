#pragma once

#include <filemap/ioctl_executor.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace filemap {

/**
 * @brief Tells devices that hang from devices that work, by looking now and then at the calls that are pending. Without
 * I/O.
 * @details A call costs nothing for being watched: it is known to hang when two looks find it pending. So a time is
 * right to within the time between two looks.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class hang_watch {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct remark {
        device_id device;
        /// Else it hangs. Each is said once until the other is.
        bool answers_again = false;
        /// How long it has not answered.
        duration since{};
    };

    /// @param patience What a call may take without a remark.
    explicit hang_watch(duration patience) : patience_(patience) {}

    [[nodiscard]] std::vector<remark> observe(std::span<const pending_call> calls, time_point now);

    /// Since when one and the same call of the device has been pending, as of the last look; nothing if none is.
    [[nodiscard]] std::optional<time_point> silent_since(device_id device) const;

private:
    struct watched {
        std::uint64_t answers = 0;
        time_point since;
        /// Since when, if it was said.
        std::optional<time_point> hangs_since;
    };

    duration patience_;
    std::map<device_id, watched> devices_;
};

}  // namespace filemap
