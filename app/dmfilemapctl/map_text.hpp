#pragma once

#include "dmfilemapctl/terminal.hpp"

#include <boost/json/value.hpp>

#include <string>

/// The picture of a file that the daemon sends.
/// Each function throws std::exception if the JSON has unexpected members.
namespace dmfilemapctl {

/// Figures, a table of extents, and bars that are as wide as the screen: where the file lies, and, if counters came
/// with it, how they are spread.
[[nodiscard]] std::string text_of_map(const boost::json::value& map, const screen& on);

/// Replaces the counters of the later map by the difference between two maps of the same regions.
/// @return False if the regions differ, so that there is no difference to show.
[[nodiscard]] bool subtract(boost::json::value& later, const boost::json::value& earlier);

}  // namespace dmfilemapctl
