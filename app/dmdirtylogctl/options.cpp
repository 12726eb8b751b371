#include "dmdirtylogctl/options.hpp"

#include "common/cli/command_line.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <boost/program_options.hpp>

#include <cstddef>

namespace dmdirtylogctl {
namespace {

namespace po = boost::program_options;
using app::usage_error;
using words = std::vector<std::string>;

struct command {
    std::string_view name;
    action act;
    /// Number of the arguments UUID and NAME.
    std::size_t least;
    std::size_t most;
};

constexpr command commands[] = {
    {"list", action::list, 0, 0},     {"status", action::status, 0, 1},   {"checkpoint", action::checkpoint, 2, 2},
    {"forget", action::forget, 2, 2}, {"changes", action::changes, 1, 1},
};

po::options_description known_options() {
    po::options_description known;
    app::ctl::add_common_options(known);
    known.add_options()("since", po::value<std::string>())("format", po::value<std::string>());
    return known;
}

const command& command_of(const words& given) {
    if (given.empty()) throw usage_error("no COMMAND given");
    for (const command& one : commands) {
        if (one.name == given[0]) return one;
    }
    throw usage_error("unknown command " + app::quoted(given[0]));
}

format format_of(const std::string& text) {
    if (text == "table") return format::table;
    if (text == "json") return format::json;
    if (text == "ranges") return format::ranges;
    throw usage_error("--format " + app::quoted(text) + ": neither table, json nor ranges");
}

void take_changes(options& into, const app::command_line& line) {
    if (into.json) into.as = format::json;
    for (const char* name : {"since", "format"}) {
        if (line.has(name) && into.act != action::changes)
            throw usage_error(std::string("--") + name + ": only with changes");
    }
    if (into.act != action::changes) return;
    if (!line.has("since")) throw usage_error("changes: no --since NAME given");
    into.name = line.text_of("since");
    if (!line.has("format")) return;
    if (into.json) throw usage_error("--json and --format: only one of them");
    into.as = format_of(line.text_of("format"));
}

void take_arguments(options& into, const command& what, std::span<const std::string> rest) {
    const std::string name(what.name);
    if (rest.size() > what.most) throw usage_error(name + ": too many arguments, from " + app::quoted(rest[what.most]));
    if (rest.size() < what.least) throw usage_error(name + ": no " + (rest.empty() ? "UUID" : "NAME") + " given");
    if (!rest.empty()) into.uuid = rest[0];
    if (rest.size() > 1) into.name = rest[1];
    if (!rest.empty() && into.uuid.empty()) throw usage_error("UUID '': empty");
    if (what.act != action::list && what.act != action::status && into.name.empty())
        throw usage_error("NAME '': empty");
}

}  // namespace

options parse_options(std::span<const std::string> arguments) {
    const app::command_line line = app::parse_command_line(known_options(), "word", arguments);
    options result;
    if (line.has("help")) return result;
    result.act = action::version;
    if (line.has("version")) return result;
    const words given = line.words_of("word");
    const command& what = command_of(given);
    result.act = what.act;
    take_common_options(result, line);
    take_changes(result, line);
    take_arguments(result, what, std::span(given).subspan(1));
    return result;
}

std::vector<std::string_view> command_names() {
    std::vector<std::string_view> names;
    for (const command& one : commands) names.push_back(one.name);
    return names;
}

std::vector<std::string> option_names() {
    return app::long_names(known_options());
}

std::string help_text() {
    return R"(Usage: dmdirtylogctl [OPTION]... COMMAND [ARGUMENT]...
Prints the state of the mirrors of a running dmdirtylogd, and the regions that
changed since a checkpoint.

Commands:
  list                   print all logs: state, regions, in sync and dirty
  status [UUID]          print the state of the daemon, or of one log
  checkpoint UUID NAME   set the checkpoint NAME
  forget UUID NAME       delete the checkpoint NAME
  changes UUID --since NAME
                         print the ranges that may have changed since the
                         checkpoint NAME

Options:
      --since NAME       checkpoint for changes
      --format FORMAT    format of changes: table (default), json, or ranges:
                         a line "START LENGTH" per range, in sectors of
                         512 bytes
      --socket PATH      socket of the daemon
                         (default: /run/dmdirtylogd/control.sock)
      --json             print the daemon's JSON
  -h, --help             print this help
  -V, --version          print the version

Exit status: 0, or 1 on error.
See dmdirtylogctl(1).
)";
}

std::string version_text() {
    return "dmdirtylogctl " DMDIRTYLOGD_VERSION "\n";
}

}  // namespace dmdirtylogctl
