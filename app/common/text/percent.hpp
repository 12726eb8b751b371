#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace app {

/// Any bytes as part of a URL's path: letters, digits, "-._~/" as they are, else %XX.
[[nodiscard]] std::string percent_encoded(std::string_view bytes);

/// Nothing if a % is not followed by two hexadecimal digits. A plus is a plus.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace app
