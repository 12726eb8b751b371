#include "dmfilemapd/config/load_configuration.hpp"

#include "common/config/control_table.hpp"
#include "common/config/document.hpp"
#include "common/config/unique_values.hpp"
#include "dmfilemapd/config/key_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace dmfilemapd {
namespace {

namespace config = app::config;
using config::report;

/// Merges the configuration files.
class assembly {
public:
    [[nodiscard]] config::layout layout();
    [[nodiscard]] configuration finish() &&;

private:
    void take_file(const toml::table& entry, report& wrong);
    void take_glob(const toml::table& entry, report& wrong);

    configuration all_;
    settings_draft defaults_;
    config::given_once paths_{"path"};
    config::given_once patterns_{"pattern"};
};

std::string tables_with(std::string_view key) {
    std::vector<std::string_view> known;
    add_names(known, settings_rules());
    return std::ranges::find(known, key) == known.end() ? "" : "[defaults], [[file]] or [[glob]]";
}

config::layout assembly::layout() {
    using table = const toml::table&;
    config::layout parts;
    parts.tables = {
        {"defaults", [this](table from, report& wrong) { take_table(defaults_, from, wrong, settings_rules()); }},
        {"control",
         [this](table from, report& wrong) { take_table(all_.control, from, wrong, config::control_rules()); }},
        {"metrics", [this](table from, report& wrong) { take_table(all_.metrics, from, wrong, metrics_rules()); }},
    };
    parts.arrays = {
        {"file", [this](table entry, report& wrong) { take_file(entry, wrong); }},
        {"glob", [this](table entry, report& wrong) { take_glob(entry, wrong); }},
    };
    add_names(parts.keys, top_rules());
    parts.take_key = [this](const toml::key& key, const toml::node& value, report& wrong) {
        return take_key(all_, key, value, top_rules(), wrong);
    };
    parts.tables_with = tables_with;
    return parts;
}

void assembly::take_file(const toml::table& entry, report& wrong) {
    file_draft draft{defaults_, {}};
    take_table(draft, entry, wrong, file_rules(), settings_rules());
    const toml::node* named = entry.get("path") != nullptr ? entry.get("path") : entry.get("path-escaped");
    if (named == nullptr) return wrong.add(entry.source(), "[[file]] without a path");
    const config::source_place where = wrong.place_of(named->source());
    if (draft.path.empty() || !paths_.add(draft.path, where, wrong)) return;
    all_.files.push_back({draft.path, draft.finished(), where});
}

void assembly::take_glob(const toml::table& entry, report& wrong) {
    glob_draft draft{defaults_, {}, false, {}};
    take_table(draft, entry, wrong, glob_rules(), settings_rules());
    const toml::node* named = entry.get("pattern");
    if (named == nullptr) return wrong.add(entry.source(), "[[glob]] without a pattern");
    const config::source_place where = wrong.place_of(named->source());
    if (draft.pattern.empty() || !patterns_.add(draft.pattern, where, wrong)) return;
    all_.globs.push_back({draft.pattern, draft.recursive, draft.exclude, draft.finished(), where});
}

configuration assembly::finish() && {
    all_.defaults = defaults_.finished();
    std::ranges::sort(all_.files, {}, &file_entry::path);
    return std::move(all_);
}

}  // namespace

configuration read_configuration(std::span<const config::source_file> sources) {
    assembly all;
    read_documents(sources, all.layout());
    return std::move(all).finish();
}

configuration load_configuration(const std::string& main_path, config::trust needed) {
    return read_configuration(config::read_sources(main_path, needed));
}

std::vector<std::string> configuration_keys() {
    std::vector<std::string> keys;
    add_keys(keys, "", top_rules());
    add_keys(keys, "control.", config::control_rules());
    add_keys(keys, "metrics.", metrics_rules());
    add_keys(keys, "defaults.", settings_rules());
    add_keys(keys, "file.", file_rules());
    add_keys(keys, "glob.", glob_rules());
    return keys;
}

}  // namespace dmfilemapd
