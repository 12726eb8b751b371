#include "dmdirtylogd/config/load_configuration.hpp"

#include "common/config/control_table.hpp"
#include "common/config/document.hpp"
#include "common/config/toml_values.hpp"
#include "common/text/parse_value.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace dmdirtylogd {
namespace {

namespace config = app::config;
using config::assignment;
using config::report;
using in = const assignment&;

constexpr std::uint64_t hour_in_ms = 3'600'000;
constexpr std::uint64_t max_rate = 1'000'000;

std::string directory_in(const assignment& from) {
    std::string_view text = text_in(from);
    while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
    return config::path_of(from.key, text);
}

std::chrono::milliseconds delay_in(const assignment& from) {
    return std::chrono::milliseconds(app::parse_time(from.key, time_in(from), "ms", 1, hour_in_ms));
}

resync_order order_in(const assignment& from) {
    const std::string_view text = text_in(from);
    if (text == "ascending") return resync_order::ascending;
    if (text == "descending") return resync_order::descending_order;
    app::refuse_value(from.key, text, "neither ascending nor descending");
}

std::uint64_t rate_in(const assignment& from) {
    return app::parse_number(from.key, number_in(from), 0, max_rate);
}

constexpr config::key_rule<configuration> at_top[] = {
    {"log-level", [](auto& into, in from) { into.log_level = level_in(from); }},
};
constexpr config::key_rule<configuration> of_state[] = {
    {"directory", [](auto& into, in from) { into.state_directory = directory_in(from); }},
};
constexpr config::key_rule<log_settings> of_log[] = {
    {"directory", [](auto& into, in from) { into.directory = directory_in(from); }},
    {"clear-delay", [](auto& into, in from) { into.clear_delay = delay_in(from); }},
    {"flush-legs", [](auto& into, in from) { into.flush_legs = truth_in(from); }},
};
constexpr config::key_rule<configuration> of_resync[] = {
    {"order", [](auto& into, in from) { into.order = order_in(from); }},
    {"rate", [](auto& into, in from) { into.rate = rate_in(from); }},
};

template <class Target, std::size_t Count>
std::span<const config::key_rule<Target>> rules(const config::key_rule<Target> (&all)[Count]) {
    return all;
}

config::layout layout_of(configuration& into) {
    using table = const toml::table&;
    config::layout parts;
    parts.tables = {
        {"state", [&into](table from, report& wrong) { take_table(into, from, wrong, rules(of_state)); }},
        {"log", [&into](table from, report& wrong) { take_table(into.log, from, wrong, rules(of_log)); }},
        {"resync", [&into](table from, report& wrong) { take_table(into, from, wrong, rules(of_resync)); }},
        {"control",
         [&into](table from, report& wrong) { take_table(into.control, from, wrong, config::control_rules()); }},
    };
    add_names(parts.keys, rules(at_top));
    parts.take_key = [&into](const toml::key& key, const toml::node& value, report& wrong) {
        return take_key(into, key, value, rules(at_top), wrong);
    };
    parts.tables_with = [](std::string_view key) -> std::string {
        for (const std::string& known : configuration_keys()) {
            const std::size_t dot = known.find('.');
            if (dot != known.npos && known.substr(dot + 1) == key) return '[' + known.substr(0, dot) + ']';
        }
        return {};
    };
    return parts;
}

}  // namespace

configuration read_configuration(std::span<const config::source_file> sources) {
    configuration all;
    read_documents(sources, layout_of(all));
    return all;
}

configuration load_configuration(const std::string& main_path, bool must_be_there, config::trust needed) {
    const bool is_there = ::access(main_path.c_str(), F_OK) == 0 || errno != ENOENT;
    if (is_there || must_be_there) return read_configuration(config::read_sources(main_path, needed));
    return {};
}

std::vector<std::string> configuration_keys() {
    std::vector<std::string> keys;
    add_keys(keys, "", rules(at_top));
    add_keys(keys, "state.", rules(of_state));
    add_keys(keys, "log.", rules(of_log));
    add_keys(keys, "resync.", rules(of_resync));
    add_keys(keys, "control.", config::control_rules());
    return keys;
}

}  // namespace dmdirtylogd
