#pragma once

#include "common/cli/command_line.hpp"

#include <string>

namespace app::ctl {

/// Options that every client has.
struct common_options {
    /// The daemon's.
    std::string socket;
    /// Print the daemon's JSON unchanged.
    bool json = false;
};

/// --socket, --json, --help and --version.
void add_common_options(boost::program_options::options_description& known);

/// Leaves the socket that is there if none is given.
void take_common_options(common_options& into, const command_line& given);

}  // namespace app::ctl
