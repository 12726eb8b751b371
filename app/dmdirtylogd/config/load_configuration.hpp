#pragma once

#include "common/config/configuration_error.hpp"
#include "common/config/source_file.hpp"
#include "dmdirtylogd/config/configuration.hpp"

#include <span>
#include <string>
#include <vector>

namespace dmdirtylogd {

using app::config::configuration_error;

/// What the sources say together: of keys that are set twice the later hold. @throws configuration_error
[[nodiscard]] configuration read_configuration(std::span<const app::config::source_file> sources);

/**
 * @brief Reads the file at @p main_path and its drop-ins.
 * @param must_be_there If not, what is set nowhere is as it is without any file.
 * @throws configuration_error
 */
[[nodiscard]] configuration load_configuration(const std::string& main_path, bool must_be_there,
                                               app::config::trust needed = app::config::needed_trust());

/// Every key as "table.key", or by its name alone where it is in no table.
[[nodiscard]] std::vector<std::string> configuration_keys();

}  // namespace dmdirtylogd
