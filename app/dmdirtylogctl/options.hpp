#pragma once

#include "common/client/client_options.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmdirtylogctl {

enum class action { help, version, list, status, checkpoint, forget, changes };
enum class format { table, json, ranges };

/// Options of the command line.
struct options : app::ctl::common_options {
    options() { socket = "/run/dmdirtylogd/control.sock"; }

    action act = action::help;
    /// UUID of the log. Empty: `status` of the daemon.
    std::string uuid;
    /// Name of the checkpoint.
    std::string name;
    /// Output format of `changes`.
    format as = format::table;
};

/// @param arguments Without the program's name. @throws usage_error
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

[[nodiscard]] std::vector<std::string_view> command_names();
/// Long names of all options.
[[nodiscard]] std::vector<std::string> option_names();
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmdirtylogctl
