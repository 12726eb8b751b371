#pragma once

#include <string>
#include <string_view>

namespace dmfilemapctl {

/// The node of a device that is given by its path, its name under /dev/mapper, or as MAJOR:MINOR.
[[nodiscard]] std::string node_of_device(const std::string& device);

/**
 * @brief What the lines of a hunt for hot spots tell, as a table.
 * @throws app::startup_error with what the daemon complained of instead of the end, or if there is no end.
 */
[[nodiscard]] std::string text_of_hunt(std::string_view lines);

}  // namespace dmfilemapctl
