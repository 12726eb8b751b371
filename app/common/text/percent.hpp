#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace app {

/// Encodes bytes for the path of a URL: keeps letters, digits and "-._~/", writes others as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view bytes);

/// Decodes %XX and keeps a plus. If two hexadecimal digits do not follow a %, returns nothing.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace app
