#include "keys.hpp"

#include "alias.hpp"

#include <common/refusal.hpp>
#include <common/values.hpp>
#include <dmfilemapd/values.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include <sys/un.h>

namespace dmfilemapd {
namespace {

using view = std::string_view;

[[noreturn]] void refuse(view key, view value, const std::string& why) {
    throw app::usage_error(std::string(key) + ' ' + app::quoted(value) + ": " + why);
}

view kind_of(const toml::node& value) {
    switch (value.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a floating-point number";
        case toml::node_type::boolean: return "a boolean";
        case toml::node_type::date: return "a date";
        case toml::node_type::time: return "a time";
        case toml::node_type::date_time: return "a date and time";
        case toml::node_type::none: break;
    }
    return "nothing";
}

[[noreturn]] void refuse_kind(const assignment& from, view wanted) {
    throw app::usage_error(std::string(from.key) + ": must be " + std::string(wanted) + ", not " +
                           std::string(kind_of(from.value)));
}

view text_in(const assignment& from) {
    const auto* text = from.value.as_string();
    if (text == nullptr) refuse_kind(from, "a string");
    return text->get();
}

bool truth_in(const assignment& from) {
    const auto* truth = from.value.as_boolean();
    if (truth == nullptr) refuse_kind(from, "true or false");
    return truth->get();
}

// As the command line has it.
std::string number_in(const assignment& from) {
    const auto* number = from.value.as_integer();
    if (number == nullptr) refuse_kind(from, "an integer");
    return std::to_string(number->get());
}

// As the command line has it.
std::string time_in(const assignment& from) {
    if (const auto* number = from.value.as_integer()) return std::to_string(number->get());
    if (const auto* text = from.value.as_string()) return text->get();
    refuse_kind(from, "an integer, or a string with a unit such as \"500ms\"");
}

std::string alias_in(const assignment& from) {
    std::string alias = parse_alias(from.key, text_in(from));
    if (alias.find('\0') != alias.npos) refuse(from.key, alias, "holds a NUL character");
    static_cast<void>(expand_alias(alias, "/"));
    return alias;
}

absence absence_in(const assignment& from) {
    const view text = text_in(from);
    if (text == "wait") return absence::wait;
    if (text == "fail") return absence::fail;
    refuse(from.key, text, "neither wait nor fail");
}

// Without what changes nothing of its meaning.
std::string path_of(view key, view text) {
    constexpr std::size_t longest = 4095;
    std::string path = app::parse_path(key, text);
    if (path.find('\0') != path.npos) refuse(key, text, "holds a NUL character");
    if (path.size() > longest) refuse(key, text, "longer than " + std::to_string(longest) + " bytes");
    if (path.ends_with('/')) refuse(key, text, "ends with a slash, so it is a directory's");
    std::string clean;
    for (std::size_t at = 1; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const view part = view(path).substr(at, end - at);
        if (part == "..") refuse(key, text, "holds '..'");
        if (!part.empty() && part != ".") clean.append("/").append(part);
        at = end + 1;
    }
    if (clean.empty()) refuse(key, text, "names the root directory");
    return clean;
}

void set_path(file_draft& into, view key, view text) {
    if (!into.path.empty()) throw app::usage_error(std::string(key) + ": the entry has a path already");
    into.path = path_of(key, text);
}

std::string bytes_in(const assignment& from) {
    const view text = text_in(from);
    const auto bytes = app::undisplayed(text);
    if (!bytes) refuse(from.key, text, "a backslash begins \\n, \\t, \\\\ or \\xNN with two hexadecimal digits");
    return *bytes;
}

std::string exclusion_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse(from.key, text, "empty");
    if (text.front() == '/') return path_of(from.key, text);
    if (text.find('\0') != text.npos) refuse(from.key, text, "holds a NUL character");
    if (text.find('/') != text.npos) refuse(from.key, text, "neither a name nor absolute");
    return std::string(text);
}

std::string host_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse(from.key, text, "empty");
    if (text.find_first_of(view("\0/:@ \t\n", 7)) != text.npos) refuse(from.key, text, "not the name of a host");
    return std::string(text);
}

std::vector<std::string> strings_in(const assignment& from, std::string (*one)(const assignment&)) {
    const auto* array = from.value.as_array();
    if (array == nullptr) refuse_kind(from, "an array of strings");
    std::vector<std::string> strings;
    for (const toml::node& element : *array) strings.push_back(one({from.key, element}));
    return strings;
}

std::string socket_in(const assignment& from) {
    // It is made under a longer name.
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1 - view(".new").size();
    const view text = text_in(from);
    if (text.empty()) return {};
    std::string path = path_of(from.key, text);
    if (path.size() > longest) refuse(from.key, text, "longer than " + std::to_string(longest) + " bytes");
    return path;
}

// A string, for 0660 is no TOML, and 660 would be another number.
mode_t mode_in(const assignment& from) {
    const view text = text_in(from);
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
        refuse(from.key, text, "not an octal mode from 0000 to 0777");
    }
    return mode;
}

std::string group_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse(from.key, text, "empty");
    if (text.find_first_of(view("\0:/\n", 4)) != text.npos) refuse(from.key, text, "not the name of a group");
    return std::string(text);
}

// An empty one takes back what stood before.
template <class Value>
auto unless_empty(const assignment& from, Value (*parse)(view, view)) {
    const view text = text_in(from);
    return text.empty() ? std::optional<Value>() : std::optional(parse(from.key, text));
}

filemap::log_level level_in(const assignment& from) {
    using filemap::log_level;
    const view text = text_in(from);
    if (text == "error") return log_level::error;
    if (text == "warning") return log_level::warning;
    if (text == "notice") return log_level::notice;
    if (text == "info") return log_level::info;
    if (text == "debug") return log_level::debug;
    refuse(from.key, text, "none of error, warning, notice, info, debug");
}

template <class Target>
using rule = key_rule<Target>;
using in = const assignment&;

constexpr rule<settings_draft> settings[] = {
    {"follow", [](auto& into, in from) { into.settings.follow = parse_follow(from.key, text_in(from)); }},
    {"alias", [](auto& into, in from) { into.settings.alias = alias_in(from); }},
    {"program-id", [](auto& into, in from) { into.settings.program_id = parse_program_id(from.key, text_in(from)); }},
    {"precise", [](auto& into, in from) { into.precise = truth_in(from); }},
    {"bounds",
     [](auto& into, in from) {
         const view text = text_in(from);
         if (!text.empty()) static_cast<void>(parse_bounds(from.key, text, false));
         into.bounds = text;
     }},
    {"regions", [](auto& into, in from) { into.settings.regions.rule = parse_regions(from.key, text_in(from)); }},
    {"max-regions",
     [](auto& into, in from) { into.settings.regions.max_regions = parse_max_regions(from.key, number_in(from)); }},
    {"interval", [](auto& into, in from) { into.settings.interval = parse_interval(from.key, time_in(from)); }},
    {"tolerance", [](auto& into, in from) { into.settings.tolerance = parse_tolerance(from.key, time_in(from)); }},
    {"verify", [](auto& into, in from) { into.settings.verify = parse_verify(from.key, time_in(from)); }},
    {"delete-on-exit", [](auto& into, in from) { into.settings.delete_on_exit = truth_in(from); }},
    {"absent", [](auto& into, in from) { into.settings.absent = absence_in(from); }},
};

constexpr rule<file_draft> of_file[] = {
    {"path", [](auto& into, in from) { set_path(into, from.key, text_in(from)); }},
    {"path-escaped", [](auto& into, in from) { set_path(into, from.key, bytes_in(from)); }},
};

constexpr rule<glob_draft> of_glob[] = {
    {"pattern", [](auto& into, in from) { into.pattern = path_of(from.key, text_in(from)); }},
    {"recursive", [](auto& into, in from) { into.recursive = truth_in(from); }},
    {"exclude", [](auto& into, in from) { into.exclude = strings_in(from, exclusion_in); }},
};

constexpr rule<control_settings> of_control[] = {
    {"socket", [](auto& into, in from) { into.socket = socket_in(from); }},
    {"mode", [](auto& into, in from) { into.mode = mode_in(from); }},
    {"group", [](auto& into, in from) { into.group = group_in(from); }},
};

constexpr rule<metrics_settings> of_metrics[] = {
    {"address", [](auto& into, in from) { into.address = unless_empty(from, app::parse_address); }},
    {"hosts", [](auto& into, in from) { into.hosts = strings_in(from, host_in); }},
    {"file", [](auto& into, in from) { into.file = unless_empty(from, path_of).value_or(""); }},
    {"interval", [](auto& into, in from) { into.interval = parse_metrics_interval(from.key, time_in(from)); }},
};

constexpr rule<configuration> at_top[] = {
    {"log-level", [](auto& into, in from) { into.log_level = level_in(from); }},
};

}  // namespace

file_settings settings_draft::finished() const {
    file_settings all = settings;
    all.counting = {.precise_timestamps = precise};
    if (!bounds.empty()) all.counting = parse_bounds("bounds", bounds, precise);
    return all;
}

std::span<const key_rule<settings_draft>> settings_rules() noexcept {
    return settings;
}

std::span<const key_rule<file_draft>> file_rules() noexcept {
    return of_file;
}

std::span<const key_rule<glob_draft>> glob_rules() noexcept {
    return of_glob;
}

std::span<const key_rule<control_settings>> control_rules() noexcept {
    return of_control;
}

std::span<const key_rule<metrics_settings>> metrics_rules() noexcept {
    return of_metrics;
}

std::span<const key_rule<configuration>> top_rules() noexcept {
    return at_top;
}

}  // namespace dmfilemapd
