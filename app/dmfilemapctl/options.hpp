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

/// The parsed command line.
struct options : app::ctl::common_options {
    options() : common_options{"/run/dmfilemapd/control.sock"} {}

    action act = action::help;
    /// The file or the node of a device, made absolute; empty if none is meant.
    std::string file;
    /// KEY=VALUE of `action::add`.
    std::vector<std::string> settings;
    /// For `action::map`: add the counters.
    bool heat = false;
    std::chrono::milliseconds interval{1000};
    /// Shows totals instead of the counts of an interval.
    bool since_start = false;
    /// For `action::top`.
    choice of_files;
    /// Print one table and exit.
    bool once = false;
};

/// @param arguments Without the program's name. @throws app::usage_error
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

[[nodiscard]] std::vector<std::string_view> command_names();
/// Long names.
[[nodiscard]] std::vector<std::string> option_names();

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmfilemapctl
