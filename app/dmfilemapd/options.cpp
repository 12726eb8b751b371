#include "options.hpp"

#include "drop_in.hpp"

#include <common/display.hpp>
#include <common/refusal.hpp>

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

struct words {
    po::variables_map found;
    std::size_t times_verbose = 0;
};

words parse_words(std::span<const std::string> arguments) {
    auto known = known_options();
    known.add_options()("file", po::value<std::vector<std::string>>());
    po::positional_options_description files;
    files.add("file", -1);
    // Abbreviated options would change their meaning when others are added.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        const std::vector<std::string> all(arguments.begin(), arguments.end());
        const auto parsed = po::command_line_parser(all).options(known).positional(files).style(style).run();
        words result;
        result.times_verbose =
            static_cast<std::size_t>(std::ranges::count(parsed.options, "verbose", &po::option::string_key));
        po::store(parsed, result.found);
        return result;
    } catch (const po::error& wrong) {
        throw app::usage_error(app::one_line(wrong.what()));
    }
}

bool given(const po::variables_map& found, const char* name) {
    return found.count(name) != 0;
}

const std::string& text_of(const po::variables_map& found, const char* name) {
    return found[name].as<std::string>();
}

// Leaves what is there if the option is not given.
template <class Value>
void take(Value& into, const po::variables_map& found, const std::string& name,
          Value (*parse)(std::string_view, std::string_view)) {
    if (given(found, name.c_str())) into = parse("--" + name, text_of(found, name.c_str()));
}

void refuse_unless(bool accepted, const char* why) {
    if (!accepted) throw app::usage_error(why);
}

void take_files(options& into, const po::variables_map& found) {
    if (given(found, "file")) into.files = found["file"].as<std::vector<std::string>>();
    for (const std::string& file : into.files) {
        if (file.empty()) throw app::usage_error("FILE '': empty");
    }
    if (!into.files.empty() && looks_like_number(into.files[0])) {
        throw app::usage_error("FILE " + app::quoted(into.files[0]) +
                               ": FD GROUP_ID PATH MODE take no options; a file of such a name is to be written ./" +
                               into.files[0]);
    }
    if (!given(found, "path")) return;
    refuse_unless(into.files.empty(), "--path and FILE exclude each other");
    into.files = {parse_path("--path", text_of(found, "path"))};
}

void take_group(options& into, const po::variables_map& found) {
    if (given(found, "fd")) into.fd = parse_descriptor("--fd", text_of(found, "fd"));
    if (given(found, "group-id")) into.group = parse_group("--group-id", text_of(found, "group-id"));
    refuse_unless(!into.fd || given(found, "path"), "--fd needs --path");
    refuse_unless(into.group || !given(found, "path"), "--path needs --group-id");
    refuse_unless(!into.files.empty(), "no FILE given");
    refuse_unless(!into.group || into.files.size() == 1, "--group-id goes with one file");
    for (const char* name : {"alias", "program-id", "precise", "bounds"}) {
        if (into.group && given(found, name)) {
            throw app::usage_error(std::string("--") + name + " is for groups that are made here, not with --group-id");
        }
    }
}

void take_group_to_make(options& into, const po::variables_map& found) {
    if (given(found, "alias")) into.alias = parse_alias("--alias", text_of(found, "alias"));
    refuse_unless(!into.alias || into.files.size() == 1, "--alias goes with one FILE");
    take(into.program_id, found, "program-id", parse_program_id);
    into.counting.precise_timestamps = given(found, "precise");
    if (given(found, "bounds")) {
        into.counting = parse_bounds("--bounds", text_of(found, "bounds"), into.counting.precise_timestamps);
    }
}

void take_manner(options& into, const po::variables_map& found) {
    take(into.follow, found, "follow", parse_follow);
    take(into.regions.rule, found, "regions", parse_regions);
    into.regions.max_regions = into.group ? 0 : default_max_regions;
    take(into.regions.max_regions, found, "max-regions", parse_max_regions);
    take(into.interval, found, "interval", parse_interval);
    take(into.tolerance, found, "tolerance", parse_tolerance);
    take(into.verify, found, "verify", parse_verify);
}

void refuse_others(const po::variables_map& found, const std::string& option,
                   std::initializer_list<std::string_view> accepted) {
    for (const auto& [name, value] : found) {
        if (name == option || std::ranges::find(accepted, name) != accepted.end()) continue;
        throw app::usage_error((name == "file" ? "FILE" : "--" + name) + " does not go with --" + option);
    }
}

void take_config(options& into, const po::variables_map& found) {
    refuse_others(found, "config", {"verbose", "foreground", "metrics-file"});
    into.act = options::action::serve;
    into.config = text_of(found, "config");
    refuse_unless(!into.config.empty(), "--config '': empty");
    if (given(found, "metrics-file")) into.metrics_file = parse_path("--metrics-file", text_of(found, "metrics-file"));
}

void take_check_config(options& into, const po::variables_map& found) {
    refuse_others(found, "check-config", {"file"});
    into.act = options::action::check_config;
    take_files(into, found);
    refuse_unless(into.files.size() <= 1, "--check-config goes with one FILE");
    if (!into.files.empty()) into.config = into.files[0];
}

void take_program(options& into, const po::variables_map& found) {
    into.foreground = given(found, "foreground");
    into.json = given(found, "json");
    if (given(found, "dry-run")) into.act = options::action::dry_run;
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
    const auto [found, times_verbose] = parse_words(arguments);
    options into;
    into.verbosity = static_cast<unsigned>(std::min<std::size_t>(times_verbose, most_verbose));
    if (given(found, "help") || given(found, "version")) {
        into.act = given(found, "help") ? options::action::help : options::action::version;
        return into;
    }
    if (given(found, "config")) {
        take_config(into, found);
        return into;
    }
    if (given(found, "check-config")) {
        take_check_config(into, found);
        return into;
    }
    refuse_unless(!given(found, "metrics-file"), "--metrics-file goes with --config");
    take_program(into, found);
    take_files(into, found);
    take_group(into, found);
    take_group_to_make(into, found);
    take_manner(into, found);
    return into;
}

std::vector<std::string> option_names() {
    std::vector<std::string> names;
    const auto known = known_options();
    for (const auto& option : known.options()) names.push_back(option->long_name());
    return names;
}

}  // namespace dmfilemapd
