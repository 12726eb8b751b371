#pragma once

#include "dmfilemapd/api/service_api.hpp"
#include "dmfilemapd/config/configuration.hpp"

#include <vector>

/// Settings of a file in the form of the control socket: keys of a configuration's `[[file]]` and their values.
namespace dmfilemapd {

[[nodiscard]] std::vector<control::setting> settings_in_words(const file_settings& settings);

/// Returns @p defaults, overridden by the given settings. @throws usage_error naming the key
[[nodiscard]] file_settings settings_from(const file_settings& defaults, const std::vector<control::setting>& given);

}  // namespace dmfilemapd
