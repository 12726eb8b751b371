#include "dmfilemapctl/options.hpp"

#include "common/cli/command_line.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "dmfilemapctl/hot_table.hpp"

#include <boost/program_options.hpp>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

namespace dmfilemapctl {
namespace {

namespace po = boost::program_options;
using app::usage_error;
using words = std::vector<std::string>;

enum class file_argument { none, optional, needed, device };

struct command {
    std::string_view name;
    action act;
    file_argument file;
};

constexpr command commands[] = {
    {"status", action::status, file_argument::none},   {"list", action::list, file_argument::none},
    {"show", action::show, file_argument::needed},     {"add", action::add, file_argument::needed},
    {"remove", action::remove, file_argument::needed}, {"resync", action::resync, file_argument::optional},
    {"reload", action::reload, file_argument::none},   {"events", action::events, file_argument::none},
    {"map", action::map, file_argument::needed},       {"hot", action::hot, file_argument::device},
    {"top", action::top, file_argument::none},
};

po::options_description known_options() {
    po::options_description known;
    app::ctl::add_common_options(known);
    known.add_options()("heat", "")("since-start", "")("once", "");
    known.add_options()("interval", po::value<std::string>())("sort", po::value<std::string>());
    known.add_options()("filter", po::value<std::string>())("number", po::value<std::string>());
    return known;
}

const command& command_of(const words& given) {
    if (given.empty()) throw usage_error("no COMMAND given");
    for (const command& one : commands) {
        if (one.name == given[0]) return one;
    }
    throw usage_error("unknown command " + app::quoted(given[0]));
}

// Parses a number. Returns nothing if the text is invalid.
template <class Number>
std::optional<Number> number_in(const std::string& text, Number least, Number most) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || !(number >= least && number <= most)) return {};
    return number;
}

// Parses the interval. More frequent requests would only get the daemon's cached counters.
std::chrono::milliseconds interval_of(const std::string& text, action of) {
    const bool is_top = of == action::top;
    const auto seconds = number_in(text, is_top ? 1.0 : 0.01, 86400.0);
    if (!seconds)
        throw usage_error("--interval " + app::quoted(text) + ": not a number of seconds from " +
                          (is_top ? "1" : "0.01") + " to 86400");
    return std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
}

sort_key sort_key_of(const std::string& text) {
    std::string names;
    for (const sort_name& one : sort_names) {
        if (one.name == text) return one.key;
        names.append(names.empty() ? "" : ", ").append(one.name);
    }
    throw usage_error("--sort " + app::quoted(text) + ": not one of " + names);
}

std::size_t number_of_files(const std::string& text) {
    const auto number = number_in<std::size_t>(text, 1, std::numeric_limits<std::size_t>::max());
    if (!number) throw usage_error("--number " + app::quoted(text) + ": not a whole number from 1");
    return *number;
}

void take_top(options& into, const app::command_line& line) {
    const auto text = [&](const char* name) {
        return line.has(name) ? std::optional(line.text_of(name)) : std::nullopt;
    };
    for (const char* name : {"sort", "filter", "number", "once"}) {
        if (line.has(name) && into.act != action::top) throw usage_error(std::string("--") + name + ": only with top");
    }
    into.once = line.has("once");
    if (const auto name = text("sort")) into.of_files.by = sort_key_of(*name);
    if (const auto number = text("number")) into.of_files.most = number_of_files(*number);
    if (auto filter = text("filter")) into.of_files.filter = std::move(*filter);
}

void take_heat(options& into, const app::command_line& line) {
    into.heat = line.has("heat");
    into.since_start = line.has("since-start");
    if (into.heat && into.act != action::map) throw usage_error("--heat: only with map");
    if (into.since_start && !into.heat && !into.once)
        throw usage_error("--since-start: only with --heat or top --once");
    if (!line.has("interval")) return;
    if (!into.heat && into.act != action::top) throw usage_error("--interval: only with --heat or top");
    if (into.since_start) throw usage_error("--since-start and --interval: only one of them");
    into.interval = interval_of(line.text_of("interval"), into.act);
}

// Normalises a path like the daemon does.
std::string absolute(const std::string& file) {
    if (file.empty()) throw usage_error("FILE '': empty");
    return std::filesystem::absolute(file).lexically_normal().string();
}

void take_settings(options& into, std::span<const std::string> rest) {
    for (const std::string& word : rest) {
        const std::size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos) throw usage_error(app::quoted(word) + ": not KEY=VALUE");
        into.settings.push_back(word);
    }
}

void take_arguments(options& into, const command& what, std::span<const std::string> rest) {
    const std::string name(what.name);
    if (what.file != file_argument::none && !rest.empty()) {
        into.file = what.file == file_argument::device ? node_of_device(rest[0]) : absolute(rest[0]);
        rest = rest.subspan(1);
    } else if (what.file == file_argument::needed) {
        throw usage_error(name + ": no FILE given");
    } else if (what.file == file_argument::device) {
        throw usage_error(name + ": no DEVICE given");
    }
    if (what.act == action::add) {
        take_settings(into, rest);
    } else if (!rest.empty()) {
        throw usage_error(name + ": too many arguments, from " + app::quoted(rest[0]));
    }
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
    take_top(result, line);
    take_heat(result, line);
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
    return R"(Usage: dmfilemapctl [OPTION]... COMMAND [ARGUMENT]...
Asks a running dmfilemapd about the files that it follows, and tells it what
to do.

Commands:
  status                     how many files are followed, and the configuration
  list                       all files: state, group, regions, last sync
  show FILE                  one file in detail
  add FILE [KEY=VALUE]...    follow one more file, until the daemon ends; KEY is
                             one of [[file]] in dmfilemapd.toml(5)
  remove FILE                follow a file no longer
  resync [FILE]              bring a file, or all, into agreement at once
  reload                     read the configuration again
  events                     print what happens, until interrupted
  map FILE                   draw where a file lies, and in which regions
  hot DEVICE                 find where a device is read and written most, and
                             which files are there
  top                        the files that are read and written most, live

Options:
      --socket PATH          the daemon's socket
                             (default: /run/dmfilemapd/control.sock)
      --json                 print what the daemon sends
      --heat                 map: how reads and writes of the next second are
                             spread over the file
      --interval SECONDS     heat: of so many seconds instead (default: 1)
                             top: so long between two looks (default: 1)
      --since-start          heat: of all the time that the regions count
                             top --once: what was counted in all
      --sort KEY             top: by bytes (default), reads, writes, iops,
                             latency, p99, busy or path
      --filter PATTERN       top: only files whose path matches, or, without
                             * ? or [, has this part
      --number N             top: at most so many files
      --once                 top: one table, of one interval
  -h, --help                 print this help
  -V, --version              print the version

Exit status: 0, or 1 if it could not be done. See dmfilemapctl(1).
)";
}

std::string version_text() {
    return "dmfilemapctl " DMFILEMAPD_VERSION "\n";
}

}  // namespace dmfilemapctl
