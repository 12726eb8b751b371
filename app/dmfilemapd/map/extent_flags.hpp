#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Returns the names of FIEMAP flags, such as "unwritten". Unknown flags are joined to one hexadecimal number.
[[nodiscard]] std::vector<std::string> flag_words(std::uint32_t flags);

}  // namespace dmfilemapd
