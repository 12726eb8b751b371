#include "dmfilemapd/cli/drop_in.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/parse_value.hpp"
#include "dmfilemapd/cli/option_values.hpp"

namespace dmfilemapd {

bool is_drop_in(std::span<const std::string> arguments) {
    if (arguments.empty()) return false;
    if (app::looks_like_number(arguments[0])) return true;
    // A non-numeric descriptor is accepted here, because this parser's error message is clearer than that of a missing
    // file.
    return arguments.size() >= 4 && !arguments[0].starts_with('-') && arguments[2].starts_with('/') &&
           (arguments[3] == "inode" || arguments[3] == "path");
}

options parse_drop_in(std::span<const std::string> arguments) {
    if (arguments.size() < 4) throw app::usage_error("too few arguments: FD GROUP_ID PATH MODE are needed");
    if (arguments.size() > 6)
        throw app::usage_error("too many arguments after FD GROUP_ID PATH MODE FOREGROUND LOG_LEVEL");
    options given;
    given.fd = parse_descriptor("FD", arguments[0]);
    given.group = parse_group("GROUP_ID", arguments[1]);
    given.files = {app::parse_path("PATH", arguments[2])};
    given.follow = parse_follow("MODE", arguments[3]);
    if (arguments.size() > 4) given.foreground = app::parse_number("FOREGROUND", arguments[4], 0, 1) == 1;
    if (arguments.size() > 5)
        given.verbosity = static_cast<unsigned>(app::parse_number("LOG_LEVEL", arguments[5], 0, 3));
    return given;
}

}  // namespace dmfilemapd
