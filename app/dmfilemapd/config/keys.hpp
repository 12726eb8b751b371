#pragma once

#include "configuration.hpp"
#include "nearest.hpp"
#include "report.hpp"
#include "toml.hpp"

#include <common/display.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The keys of a configuration's tables, and what each sets.
namespace dmfilemapd {

/// A key and what a file gives it.
struct assignment {
    std::string_view key;
    const toml::node& value;
};

/// @p take refuses a value by `usage_error`.
template <class Target>
struct key_rule {
    std::string_view name;
    void (*take)(Target& into, const assignment& from);
};

/// Settings while they are read: what bounds mean depends on `precise`, which another table may set.
struct settings_draft {
    file_settings settings;
    /// As written, and accepted.
    std::string bounds;
    bool precise = false;

    [[nodiscard]] file_settings finished() const;
};

struct file_draft : settings_draft {
    std::string path;
};

struct glob_draft : settings_draft {
    std::string pattern;
    bool recursive = false;
    std::vector<std::string> exclude;
};

[[nodiscard]] std::span<const key_rule<settings_draft>> settings_rules() noexcept;
[[nodiscard]] std::span<const key_rule<file_draft>> file_rules() noexcept;
[[nodiscard]] std::span<const key_rule<glob_draft>> glob_rules() noexcept;
[[nodiscard]] std::span<const key_rule<control_settings>> control_rules() noexcept;
[[nodiscard]] std::span<const key_rule<metrics_settings>> metrics_rules() noexcept;
[[nodiscard]] std::span<const key_rule<configuration>> top_rules() noexcept;

/// Appends the names of rules.
template <class Target>
void add_names(std::vector<std::string_view>& names, std::span<const key_rule<Target>> rules) {
    for (const auto& rule : rules) names.push_back(rule.name);
}

[[nodiscard]] inline std::string unknown_key(std::string_view key, std::span<const std::string_view> known) {
    const auto meant = nearest(key, known);
    return "unknown key " + app::quoted(key) + (meant ? "; did you mean " + app::quoted(*meant) + "?" : "");
}

/// Whether one of the rules has taken the key.
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

/// Takes every key of a table by the rules, of which each set is for what @p into is or derives from.
template <class Draft, class... Targets>
void take_table(Draft& into, const toml::table& table, report& wrong, std::span<const key_rule<Targets>>... rules) {
    for (const auto& [key, value] : table) {
        if ((take_key<Targets>(into, key, value, rules, wrong) || ...)) continue;
        std::vector<std::string_view> known;
        (add_names(known, rules), ...);
        wrong.add(key.source(), unknown_key(key.str(), known));
    }
}

}  // namespace dmfilemapd
