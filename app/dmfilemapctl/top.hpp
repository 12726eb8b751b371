#pragma once

#include "dmfilemapctl/options.hpp"
#include "dmfilemapctl/top_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapctl {

class full_screen;

/// Shows the files' I/O. A terminal shows one table that is updated in place. Other outputs get consecutive tables or
/// JSON, or one table with --once. @throws app::startup_error
void show_top(const options& given);

/// Shows the live table on a terminal until a key or a signal ends it. @param first First answer of the daemon.
/// @return Signal that ended the table, or 0.
[[nodiscard]] int watch_top(const options& given, full_screen& on, std::string_view first);

/// Formats a time as "2026-11-22T05:47:46Z". @param time Seconds since 1970.
[[nodiscard]] std::string text_of_time(double time);

}  // namespace dmfilemapctl
