#pragma once

#include <string>
#include <string_view>

namespace dmfilemapctl {

/// Returns the device node for a path, a name under /dev/mapper, or MAJOR:MINOR.
[[nodiscard]] std::string node_of_device(const std::string& device);

/**
 * @brief Formats the lines of a hot-spot scan as a table.
 * @throws app::startup_error with the daemon's error, or if the last line is missing.
 */
[[nodiscard]] std::string text_of_hunt(std::string_view lines);

}  // namespace dmfilemapctl
