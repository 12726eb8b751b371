#pragma once

namespace dmfilemapd {

inline constexpr const char* program_name = "dmfilemapd";

}  // namespace dmfilemapd
