#pragma once

#include <string>

namespace dmfilemapd {

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmfilemapd
