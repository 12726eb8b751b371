#pragma once

#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/cli/startup_checks.hpp"

#include <cstddef>
#include <functional>

namespace dmfilemapd {

inline constexpr std::size_t max_blocking_threads = 16;

/// Directory of carried counters. Survives the process but not a reboot, like the kernel's counters.
inline constexpr const char* state_directory = "/run/dmfilemapd";

/// Returns the number of threads for blocking calls: one per device, up to a limit, so that devices do not wait for
/// each other.
[[nodiscard]] std::size_t blocking_threads(const std::vector<checked_file>& files);

/// Notifications to the process that started the daemon.
struct run_hooks {
    /// Called once when every file is watched. Not called if a file fails before: then all end.
    std::function<void()> started = [] {};
    /// Called before the process ends at once, because nothing is left but calls of devices that hang.
    std::function<void()> leaving = [] {};
};

/**
 * @brief Monitors the files until all monitors have ended or a signal arrives.
 * @details If a device hangs at a signal, ends the process after all other work and does not return, because the
 * kernel keeps a process until its calls return.
 * @return Exit status.
 */
[[nodiscard]] int run(const options& given, checked files, const run_hooks& hooks);

/// Checks, goes into the background unless told otherwise, and runs. @return Exit status. @throws startup_error
[[nodiscard]] int check_and_run(const options& given);

}  // namespace dmfilemapd
