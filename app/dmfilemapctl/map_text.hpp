#pragma once

#include "dmfilemapctl/terminal.hpp"

#include <boost/json/value.hpp>

#include <string>

/// The picture of a file that the daemon sends.
/// Each throws std::exception if it is not what is expected.
namespace dmfilemapctl {

/// Figures, a table of extents, and bars that are as wide as the screen: where the file lies, and, if counters came
/// with it, how they are spread.
[[nodiscard]] std::string text_of_map(const boost::json::value& map, const screen& on);

/// What was counted between two looks at the same regions takes the place of what the later one has.
/// @return False if they are not the same: nothing can be said of the time between.
[[nodiscard]] bool subtract(boost::json::value& later, const boost::json::value& earlier);

}  // namespace dmfilemapctl
