#pragma once

#include "dmfilemapctl/options.hpp"
#include "dmfilemapctl/top_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapctl {

class full_screen;

/// Shows the files' I/O: on a terminal again and again in the same place, else as tables or JSON that follow each
/// other; or once. @throws app::startup_error
void show_top(const options& given);

/// On a terminal, until a key or a signal ends it. @param first What the daemon has answered already.
/// @return The signal, or 0.
[[nodiscard]] int watch_top(const options& given, full_screen& on, std::string_view first);

/// "2026-11-22T05:47:46Z". @param time Seconds since 1970.
[[nodiscard]] std::string text_of_time(double time);

}  // namespace dmfilemapctl
