#include "dmfilemapd/cli/options.hpp"

#include "common/cli/command_line.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "common/text/parse_value.hpp"
#include "dmfilemapd/cli/drop_in.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <string_view>

namespace dmfilemapd {
namespace {

namespace po = boost::program_options;

constexpr unsigned most_verbose = 3;

po::typed_value<std::string>* text() {
    return po::value<std::string>();
}

po::options_description known_options() {
    po::options_description known;
    auto add = known.add_options();
    for (const char* name : {"group-id", "path", "fd", "alias", "program-id", "bounds", "follow", "regions",
                             "max-regions", "interval", "tolerance", "verify", "config", "metrics-file"}) {
        add(name, text());
    }
    for (const char* name : {"precise", "foreground", "dry-run", "json", "check-config", "help,h", "version,V"}) {
        add(name, "");
    }
    add("verbose,v", po::value<std::vector<std::string>>()->zero_tokens()->composing());
    return known;
}

// Keeps the current value if the option is not given.
template <class Value>
void take(Value& into, const app::command_line& line, const std::string& name,
          Value (*parse)(std::string_view, std::string_view)) {
    if (line.has(name)) into = parse("--" + name, line.text_of(name));
}

void refuse_unless(bool accepted, const char* why) {
    if (!accepted) throw app::usage_error(why);
}

void take_files(options& into, const app::command_line& line) {
    into.files = line.words_of("file");
    for (const std::string& file : into.files) {
        if (file.empty()) throw app::usage_error("FILE '': empty");
    }
    if (!into.files.empty() && app::looks_like_number(into.files[0])) {
        throw app::usage_error("FILE " + app::quoted(into.files[0]) +
                               ": FD GROUP_ID PATH MODE take no options; a file of such a name is to be written ./" +
                               into.files[0]);
    }
    if (!line.has("path")) return;
    refuse_unless(into.files.empty(), "--path and FILE exclude each other");
    into.files = {app::parse_path("--path", line.text_of("path"))};
}

void take_group(options& into, const app::command_line& line) {
    if (line.has("fd")) into.fd = parse_descriptor("--fd", line.text_of("fd"));
    if (line.has("group-id")) into.group = parse_group("--group-id", line.text_of("group-id"));
    refuse_unless(!into.fd || line.has("path"), "--fd needs --path");
    refuse_unless(into.group || !line.has("path"), "--path needs --group-id");
    refuse_unless(!into.files.empty(), "no FILE given");
    refuse_unless(!into.group || into.files.size() == 1, "--group-id goes with one file");
    for (const char* name : {"alias", "program-id", "precise", "bounds"}) {
        if (into.group && line.has(name)) {
            throw app::usage_error(std::string("--") + name + " is for groups that are made here, not with --group-id");
        }
    }
}

void take_group_to_make(options& into, const app::command_line& line) {
    if (line.has("alias")) into.alias = parse_alias("--alias", line.text_of("alias"));
    refuse_unless(!into.alias || into.files.size() == 1, "--alias goes with one FILE");
    take(into.program_id, line, "program-id", parse_program_id);
    into.counting.precise_timestamps = line.has("precise");
    if (line.has("bounds")) {
        into.counting = parse_bounds("--bounds", line.text_of("bounds"), into.counting.precise_timestamps);
    }
}

void take_manner(options& into, const app::command_line& line) {
    take(into.follow, line, "follow", parse_follow);
    take(into.regions.rule, line, "regions", parse_regions);
    into.regions.max_regions = into.group ? 0 : default_max_regions;
    take(into.regions.max_regions, line, "max-regions", parse_max_regions);
    take(into.interval, line, "interval", parse_interval);
    take(into.tolerance, line, "tolerance", parse_tolerance);
    take(into.verify, line, "verify", parse_verify);
}

void refuse_others(const app::command_line& line, const std::string& option,
                   std::initializer_list<std::string_view> accepted) {
    for (const auto& [name, value] : line.found) {
        if (name == option || std::ranges::find(accepted, name) != accepted.end()) continue;
        throw app::usage_error((name == "file" ? "FILE" : "--" + name) + " does not go with --" + option);
    }
}

void take_config(options& into, const app::command_line& line) {
    refuse_others(line, "config", {"verbose", "foreground", "metrics-file"});
    into.act = options::action::serve;
    into.config = line.text_of("config");
    refuse_unless(!into.config.empty(), "--config '': empty");
    if (line.has("metrics-file")) into.metrics_file = app::parse_path("--metrics-file", line.text_of("metrics-file"));
}

void take_check_config(options& into, const app::command_line& line) {
    refuse_others(line, "check-config", {"file"});
    into.act = options::action::check_config;
    take_files(into, line);
    refuse_unless(into.files.size() <= 1, "--check-config goes with one FILE");
    if (!into.files.empty()) into.config = into.files[0];
}

void take_program(options& into, const app::command_line& line) {
    into.foreground = line.has("foreground");
    into.json = line.has("json");
    if (line.has("dry-run")) into.act = options::action::dry_run;
    refuse_unless(!into.json || into.act == options::action::dry_run, "--json goes with --dry-run");
}

}  // namespace

filemap::log_level log_level_of(const options& given) noexcept {
    using filemap::log_level;
    constexpr log_level levels[] = {log_level::warning, log_level::notice, log_level::info, log_level::debug};
    return levels[std::min(given.verbosity, most_verbose)];
}

options parse_options(std::span<const std::string> arguments) {
    if (is_drop_in(arguments)) return parse_drop_in(arguments);
    const app::command_line line = app::parse_command_line(known_options(), "file", arguments);
    options into;
    into.verbosity = static_cast<unsigned>(std::min<std::size_t>(line.times("verbose"), most_verbose));
    if (line.has("help") || line.has("version")) {
        into.act = line.has("help") ? options::action::help : options::action::version;
        return into;
    }
    if (line.has("config")) {
        take_config(into, line);
        return into;
    }
    if (line.has("check-config")) {
        take_check_config(into, line);
        return into;
    }
    refuse_unless(!line.has("metrics-file"), "--metrics-file goes with --config");
    take_program(into, line);
    take_files(into, line);
    take_group(into, line);
    take_group_to_make(into, line);
    take_manner(into, line);
    return into;
}

std::vector<std::string> option_names() {
    return app::long_names(known_options());
}

}  // namespace dmfilemapd
