#pragma once

#include "common/config/config_report.hpp"
#include "common/config/spelling.hpp"
#include "common/config/toml.hpp"
#include "common/text/display.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Keys of a table and the setting of each.
namespace app::config {

/// Key and its value.
struct assignment {
    std::string_view key;
    const toml::node& value;
};

/// Rule of a key. @p take rejects a value by throwing `usage_error`.
template <class Target>
struct key_rule {
    std::string_view name;
    void (*take)(Target& into, const assignment& from);
};

/// Appends the names of the rules' keys.
template <class Target>
void add_names(std::vector<std::string_view>& names, std::span<const key_rule<Target>> rules) {
    for (const auto& rule : rules) names.push_back(rule.name);
}

/// Appends the names of the rules' keys as "table.key". @param table Prefix with the dot, or empty.
template <class Target>
void add_keys(std::vector<std::string>& keys, const std::string& table, std::span<const key_rule<Target>> rules) {
    for (const auto& rule : rules) keys.push_back(table + std::string(rule.name));
}

[[nodiscard]] inline std::string unknown_key(std::string_view key, std::span<const std::string_view> known) {
    const auto meant = nearest(key, known);
    return "unknown key " + quoted(key) + (meant ? "; did you mean " + quoted(*meant) + "?" : "");
}

/// Returns true if a rule has read the key.
template <class Target>
bool take_key(Target& into, const toml::key& key, const toml::node& value, std::span<const key_rule<Target>> rules,
              report& wrong) {
    for (const auto& rule : rules) {
        if (rule.name != key.str()) continue;
        wrong.attempt(value.source(), [&] { rule.take(into, {rule.name, value}); });
        return true;
    }
    return false;
}

/// Reads every key of a table. Each set of rules applies to the type of @p into or to a base class of it.
template <class Draft, class... Targets>
void take_table(Draft& into, const toml::table& table, report& wrong, std::span<const key_rule<Targets>>... rules) {
    for (const auto& [key, value] : table) {
        if ((take_key<Targets>(into, key, value, rules, wrong) || ...)) continue;
        std::vector<std::string_view> known;
        (add_names(known, rules), ...);
        wrong.add(key.source(), unknown_key(key.str(), known));
    }
}

}  // namespace app::config
