#pragma once

#include "common/config/configuration_error.hpp"
#include "common/config/source_file.hpp"
#include "dmfilemapd/config/configuration.hpp"

#include <span>
#include <string>
#include <vector>

namespace dmfilemapd {

inline constexpr const char* default_configuration_path = "/etc/dmfilemapd/dmfilemapd.toml";

using app::config::configuration_error;

/// Merges the sources. A later key or default overrides an earlier one; entries accumulate.
/// @throws configuration_error
[[nodiscard]] configuration read_configuration(std::span<const app::config::source_file> sources);

/**
 * @brief Reads the file at @p main_path and its drop-ins. Does not access the files that the configuration names.
 * @throws configuration_error
 */
[[nodiscard]] configuration load_configuration(const std::string& main_path,
                                               app::config::trust needed = app::config::needed_trust());

/// Returns every key as "table.key", or the bare name of a key outside all tables. Keys of `defaults` are also keys of
/// `file` and `glob`.
[[nodiscard]] std::vector<std::string> configuration_keys();

}  // namespace dmfilemapd
