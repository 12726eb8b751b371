#include "dmfilemapd/config/key_table.hpp"

#include "common/cli/startup_error.hpp"
#include "common/config/toml_values.hpp"
#include "common/text/display.hpp"
#include "common/text/parse_value.hpp"
#include "dmfilemapd/cli/option_values.hpp"
#include "dmfilemapd/config/alias_template.hpp"

#include <string>
#include <string_view>

namespace dmfilemapd {
namespace {

using app::refuse_value;
using app::config::assignment;
using app::config::path_of;
using view = std::string_view;

std::string alias_in(const assignment& from) {
    std::string alias = parse_alias(from.key, text_in(from));
    if (alias.find('\0') != alias.npos) refuse_value(from.key, alias, "holds a NUL character");
    static_cast<void>(expand_alias(alias, "/"));
    return alias;
}

absence absence_in(const assignment& from) {
    const view text = text_in(from);
    if (text == "wait") return absence::wait;
    if (text == "fail") return absence::fail;
    refuse_value(from.key, text, "neither wait nor fail");
}

void set_path(file_draft& into, view key, view text) {
    if (!into.path.empty()) throw app::usage_error(std::string(key) + ": the entry has a path already");
    into.path = path_of(key, text);
}

std::string bytes_in(const assignment& from) {
    const view text = text_in(from);
    const auto bytes = app::undisplayed(text);
    if (!bytes) refuse_value(from.key, text, "a backslash begins \\n, \\t, \\\\ or \\xNN with two hexadecimal digits");
    return *bytes;
}

std::string exclusion_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse_value(from.key, text, "empty");
    if (text.front() == '/') return path_of(from.key, text);
    if (text.find('\0') != text.npos) refuse_value(from.key, text, "holds a NUL character");
    if (text.find('/') != text.npos) refuse_value(from.key, text, "neither a name nor absolute");
    return std::string(text);
}

std::string host_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse_value(from.key, text, "empty");
    if (text.find_first_of(view("\0/:@ \t\n", 7)) != text.npos) refuse_value(from.key, text, "not the name of a host");
    return std::string(text);
}

template <class Target>
using rule = app::config::key_rule<Target>;
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

std::span<const app::config::key_rule<settings_draft>> settings_rules() noexcept {
    return settings;
}

std::span<const app::config::key_rule<file_draft>> file_rules() noexcept {
    return of_file;
}

std::span<const app::config::key_rule<glob_draft>> glob_rules() noexcept {
    return of_glob;
}

std::span<const app::config::key_rule<metrics_settings>> metrics_rules() noexcept {
    return of_metrics;
}

std::span<const app::config::key_rule<configuration>> top_rules() noexcept {
    return at_top;
}

}  // namespace dmfilemapd
