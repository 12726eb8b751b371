#pragma once

#include "dmfilemapd/api/service_api.hpp"
#include "dmfilemapd/config/configuration.hpp"

#include <vector>

/// Settings of a file as the control socket has them: keys of a configuration's `[[file]]` and their values.
namespace dmfilemapd {

[[nodiscard]] std::vector<control::setting> settings_in_words(const file_settings& settings);

/// @p defaults, but for what is @p given. @throws usage_error naming the key
[[nodiscard]] file_settings settings_from(const file_settings& defaults, const std::vector<control::setting>& given);

}  // namespace dmfilemapd
