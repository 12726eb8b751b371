#pragma once

#include "common/client/client_options.hpp"
#include "dmfilemapctl/top_table.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapctl {

enum class action { help, version, status, list, show, add, remove, resync, reload, events, map, hot, top };

/// Parsed command line.
struct options : app::ctl::common_options {
    options() : common_options{"/run/dmfilemapd/control.sock"} {}

    action act = action::help;
    /// Absolute path of the file or the device node; empty if the command needs none.
    std::string file;
    /// Settings KEY=VALUE of `action::add`.
    std::vector<std::string> settings;
    /// For `action::map`: show the counters.
    bool heat = false;
    std::chrono::milliseconds interval{1000};
    /// Show totals instead of the counts of an interval.
    bool since_start = false;
    /// Selected files of `action::top`.
    choice of_files;
    /// Print one table and exit.
    bool once = false;
};

/// Parses a command line. @param arguments Arguments without the program's name. @throws app::usage_error
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

[[nodiscard]] std::vector<std::string_view> command_names();
/// Returns the long names of all options.
[[nodiscard]] std::vector<std::string> option_names();

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmfilemapctl
