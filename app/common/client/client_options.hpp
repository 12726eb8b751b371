#pragma once

#include "common/cli/command_line.hpp"

#include <string>

namespace app::ctl {

/// Options of every client.
struct common_options {
    /// Path of the daemon's socket.
    std::string socket;
    /// Print the daemon's JSON unchanged.
    bool json = false;
};

/// Adds --socket, --json, --help and --version.
void add_common_options(boost::program_options::options_description& known);

/// Reads the common options. If --socket is missing, keeps the current path.
void take_common_options(common_options& into, const command_line& given);

}  // namespace app::ctl
