#pragma once

#include "common/config/configuration_error.hpp"
#include "common/config/source_file.hpp"
#include "dmdirtylogd/config/configuration.hpp"

#include <span>
#include <string>
#include <vector>

namespace dmdirtylogd {

using app::config::configuration_error;

/// Merges the sources; later values override earlier ones. @throws configuration_error
[[nodiscard]] configuration read_configuration(std::span<const app::config::source_file> sources);

/**
 * @brief Reads the file at @p main_path and its drop-ins.
 * @param must_be_there false: a missing file means the defaults.
 * @throws configuration_error
 */
[[nodiscard]] configuration load_configuration(const std::string& main_path, bool must_be_there,
                                               app::config::trust needed = app::config::needed_trust());

/// Returns every key as "table.key", or by its name alone if it is in no table.
[[nodiscard]] std::vector<std::string> configuration_keys();

}  // namespace dmdirtylogd
