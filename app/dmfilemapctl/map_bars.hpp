#pragma once

#include "dmfilemapctl/terminal.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace dmfilemapctl {

/// Width of the label before a bar.
inline constexpr std::size_t label_width = 9;

/// The file from its beginning to its end: which parts lie in regions, and where on the device they lie.
[[nodiscard]] std::string bars_along_file(const boost::json::object& map, const screen& on);
/// The device from the first sector of file or group to the last.
[[nodiscard]] std::string bars_along_device(const boost::json::object& map, const screen& on);
/// Explains the marks.
[[nodiscard]] std::string legend(const screen& on);

/// "1.5 MiB"
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace dmfilemapctl
