#pragma once

#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/cli/startup_checks.hpp"

#include <cstddef>
#include <functional>

namespace dmfilemapd {

inline constexpr std::size_t max_blocking_threads = 16;

/// Directory of carried counters. Its files survive the process but not a reboot, like the kernel's counters.
inline constexpr const char* state_directory = "/run/dmfilemapd";

/// Returns the number of threads for blocking calls. Each device gets a thread, up to a limit, so that devices do not
/// wait for each other.
[[nodiscard]] std::size_t blocking_threads(const std::vector<checked_file>& files);

/// Notifications to the process that started the daemon.
struct run_hooks {
    /// Called once when every file is watched. If a file fails earlier, all monitors end and this function is not
    /// called.
    std::function<void()> started = [] {};
    /// Called before the process exits with calls pending on hung devices only.
    std::function<void()> leaving = [] {};
};

/**
 * @brief Monitors the files until all monitors have ended or a signal arrives.
 * @details If a device hangs after a signal, ends the process after all other work and does not return. The kernel
 * keeps the process until its calls return.
 * @return Exit status.
 */
[[nodiscard]] int run(const options& given, checked files, const run_hooks& hooks);

/// Checks the options, daemonizes unless the options say otherwise, and runs. @return Exit status. @throws
/// startup_error
[[nodiscard]] int check_and_run(const options& given);

}  // namespace dmfilemapd
