#pragma once

#include "dmfilemapctl/terminal.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace dmfilemapctl {

/// Width of the label before a bar.
inline constexpr std::size_t label_width = 9;

/// Draws the file from its beginning to its end: the parts in regions, and their device offsets.
[[nodiscard]] std::string bars_along_file(const boost::json::object& map, const screen& on);
/// Draws the device from the first sector of file or group to the last.
[[nodiscard]] std::string bars_along_device(const boost::json::object& map, const screen& on);
/// Returns an explanation of the marks.
[[nodiscard]] std::string legend(const screen& on);

/// Formats a size as "1.5 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace dmfilemapctl
