#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Names of the flags that FIEMAP set, such as "unwritten"; unknown ones as one hexadecimal number.
[[nodiscard]] std::vector<std::string> flag_words(std::uint32_t flags);

}  // namespace dmfilemapd
