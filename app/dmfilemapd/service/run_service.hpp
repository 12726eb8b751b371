#pragma once

#include "dmfilemapd/cli/options.hpp"

namespace dmfilemapd {

/**
 * @brief Follows every file that a configuration names, in the foreground, until SIGTERM or SIGINT.
 * @details SIGHUP reads the configuration again. A service manager is told what sd_notify(3) has.
 * @return Exit status; does not return while a file system or a device holds a thread up: then the process ends at
 * once.
 * @throws startup_error, configuration_error
 */
[[nodiscard]] int serve(const options& given);

}  // namespace dmfilemapd
