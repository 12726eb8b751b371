#pragma once

#include "dmfilemapd/cli/options.hpp"

namespace dmfilemapd {

/**
 * @brief Monitors every file named by a configuration, in the foreground, until SIGTERM or SIGINT.
 * @details SIGHUP reloads the configuration. The service manager is notified as sd_notify(3) describes.
 * @return Exit status. If a file system or a device blocks a thread, does not return but ends the process.
 * @throws startup_error, configuration_error
 */
[[nodiscard]] int serve(const options& given);

}  // namespace dmfilemapd
