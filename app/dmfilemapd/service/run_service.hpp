#pragma once

#include "dmfilemapd/cli/options.hpp"

namespace dmfilemapd {

/**
 * @brief Monitors every file selected by a configuration, in the foreground, until SIGTERM or SIGINT.
 * @details SIGHUP reloads the configuration. The service manager is notified as sd_notify(3) describes.
 * @return Exit status. If a file system or a device blocks a thread, ends the process without returning.
 * @throws startup_error, configuration_error
 */
[[nodiscard]] int serve(const options& given);

}  // namespace dmfilemapd
