#pragma once

#include "dmfilemapctl/terminal.hpp"

#include <boost/json/value.hpp>

#include <string>

/// Formats the layout of a file that the daemon sends. Each function throws std::exception if the JSON has unexpected
/// members.
namespace dmfilemapctl {

/// Returns the sizes, a table of extents, and bars as wide as the screen. The bars show the position of the file and,
/// if the map has counters, their distribution.
[[nodiscard]] std::string text_of_map(const boost::json::value& map, const screen& on);

/// Subtracts the counters of the earlier map from the later one.
/// @return False if the two maps have different regions and therefore no difference.
[[nodiscard]] bool subtract(boost::json::value& later, const boost::json::value& earlier);

}  // namespace dmfilemapctl
