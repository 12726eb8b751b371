#include "load.hpp"

#include "keys.hpp"
#include "report.hpp"
#include "toml.hpp"

#include <common/display.hpp>

#include <algorithm>
#include <map>

namespace dmfilemapd {
namespace {

/// A source that is TOML, and what is wrong with what it says.
struct document {
    toml::table root;
    report wrong;
};

// Tables in tables are parsed and freed by recursion, which a line that is nothing but dots could drive too far.
constexpr std::size_t longest_line = 16 * 1024;

std::size_t characters_of(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}

// What is wrong with a line as such, and at which column; empty for nothing.
std::string problem_of(std::string_view line, std::size_t& column) {
    const std::size_t good = app::utf8_prefix(line.substr(0, longest_line));
    column = characters_of(line.substr(0, good)) + 1;
    if (line.size() > longest_line) return "line of more than " + std::to_string(longest_line) + " bytes";
    if (good < line.size()) return "not UTF-8; a path of such bytes is written as path-escaped";
    return {};
}

void check_lines(std::string_view text, report& wrong) {
    unsigned number = 1;
    for (std::size_t at = 0; at < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::size_t column = 0;
        std::string problem = problem_of(text.substr(at, end - at), column);
        if (!problem.empty()) {
            return wrong.add(source_place{wrong.file(), number, static_cast<unsigned>(column)}, std::move(problem));
        }
        at = end + 1;
    }
}

document parse(const source_file& source) {
    document parsed{{}, report(source.name)};
    check_lines(source.text, parsed.wrong);
    if (!parsed.wrong.empty()) return parsed;
    toml::parse_result result = toml::parse(std::string_view(source.text));
    if (result) {
        parsed.root = std::move(result).table();
    } else {
        parsed.wrong.add(result.error().source(), std::string(result.error().description()));
    }
    return parsed;
}

/// Puts documents together. Defaults of all hold for the entries of all, so they are taken first.
class assembly {
public:
    void take_general(document& from);
    void take_entries(document& from);
    [[nodiscard]] configuration finish() &&;

private:
    void take_top_key(const toml::key& key, const toml::node& value, report& wrong);
    void take_file(const toml::table& entry, report& wrong);
    void take_glob(const toml::table& entry, report& wrong);

    configuration all_;
    settings_draft defaults_;
    /// Where paths, and patterns, have stood.
    std::map<std::string, source_place, std::less<>> paths_;
    std::map<std::string, source_place, std::less<>> patterns_;
};

const toml::table* table_in(std::string_view name, const toml::node& value, report& wrong) {
    if (!value.is_table())
        wrong.add(value.source(), std::string(name) + ": must be a table, [" + std::string(name) + ']');
    return value.as_table();
}

constexpr std::string_view arrays[] = {"file", "glob"};
constexpr std::string_view tables[] = {"defaults", "control", "metrics"};

std::string unknown_at_top(std::string_view key) {
    std::vector<std::string_view> known;
    add_names(known, settings_rules());
    if (std::ranges::find(known, key) != known.end()) {
        return "unknown key " + app::quoted(key) + "; it belongs into [defaults], [[file]] or [[glob]]";
    }
    known.assign(std::begin(arrays), std::end(arrays));
    known.insert(known.end(), std::begin(tables), std::end(tables));
    add_names(known, top_rules());
    return unknown_key(key, known);
}

void assembly::take_top_key(const toml::key& key, const toml::node& value, report& wrong) {
    if (key.str() == "defaults") {
        if (const auto* table = table_in("defaults", value, wrong))
            take_table(defaults_, *table, wrong, settings_rules());
    } else if (key.str() == "control") {
        if (const auto* table = table_in("control", value, wrong)) {
            take_table(all_.control, *table, wrong, control_rules());
        }
    } else if (key.str() == "metrics") {
        if (const auto* table = table_in("metrics", value, wrong))
            take_table(all_.metrics, *table, wrong, metrics_rules());
    } else if (std::ranges::find(arrays, key.str()) == std::end(arrays) &&
               !take_key(all_, key, value, top_rules(), wrong)) {
        wrong.add(key.source(), unknown_at_top(key.str()));
    }
}

void assembly::take_general(document& from) {
    for (const auto& [key, value] : from.root) take_top_key(key, value, from.wrong);
}

/// Calls @p take with each table of an array of tables.
template <class Take>
void for_each_entry(document& from, std::string_view name, Take take) {
    const toml::node* entries = from.root.get(name);
    if (entries == nullptr) return;
    const std::string wanted = std::string(name) + ": must be an array of tables, [[" + std::string(name) + "]]";
    if (!entries->is_array()) return from.wrong.add(entries->source(), wanted);
    for (const toml::node& entry : *entries->as_array()) {
        if (const auto* table = entry.as_table()) {
            take(*table);
        } else {
            from.wrong.add(entry.source(), wanted);
        }
    }
}

void assembly::take_entries(document& from) {
    for_each_entry(from, "file", [&](const toml::table& entry) { take_file(entry, from.wrong); });
    for_each_entry(from, "glob", [&](const toml::table& entry) { take_glob(entry, from.wrong); });
}

/// Whether the path or pattern stands here for the first time.
bool is_new(std::map<std::string, source_place, std::less<>>& seen, const std::string& what, const source_place& where,
            std::string_view key, report& wrong) {
    const auto [at, fresh] = seen.try_emplace(what, where);
    if (!fresh)
        wrong.add(where, std::string(key) + ' ' + app::quoted(what) + ": already given at " + to_string(at->second));
    return fresh;
}

void assembly::take_file(const toml::table& entry, report& wrong) {
    file_draft draft{defaults_, {}};
    take_table(draft, entry, wrong, file_rules(), settings_rules());
    const toml::node* named = entry.get("path") != nullptr ? entry.get("path") : entry.get("path-escaped");
    if (named == nullptr) return wrong.add(entry.source(), "[[file]] without a path");
    const source_place where = wrong.place_of(named->source());
    if (draft.path.empty() || !is_new(paths_, draft.path, where, "path", wrong)) return;
    all_.files.push_back({draft.path, draft.finished(), where});
}

void assembly::take_glob(const toml::table& entry, report& wrong) {
    glob_draft draft{defaults_, {}, false, {}};
    take_table(draft, entry, wrong, glob_rules(), settings_rules());
    const toml::node* named = entry.get("pattern");
    if (named == nullptr) return wrong.add(entry.source(), "[[glob]] without a pattern");
    const source_place where = wrong.place_of(named->source());
    if (draft.pattern.empty() || !is_new(patterns_, draft.pattern, where, "pattern", wrong)) return;
    all_.globs.push_back({draft.pattern, draft.recursive, draft.exclude, draft.finished(), where});
}

configuration assembly::finish() && {
    all_.defaults = defaults_.finished();
    std::ranges::sort(all_.files, {}, &file_entry::path);
    return std::move(all_);
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

template <class Target>
void add_keys(std::vector<std::string>& all, const std::string& table, std::span<const key_rule<Target>> rules) {
    for (const auto& rule : rules) all.push_back(table + std::string(rule.name));
}

}  // namespace

configuration read_configuration(std::span<const source_file> sources) {
    std::vector<document> documents;
    for (const source_file& source : sources) documents.push_back(parse(source));
    assembly all;
    for (document& from : documents) all.take_general(from);
    for (document& from : documents) all.take_entries(from);
    std::vector<std::string> lines;
    for (document& from : documents) append(lines, from.wrong.lines());
    if (!lines.empty()) throw configuration_error(std::move(lines));
    return std::move(all).finish();
}

configuration load_configuration(const std::string& main_path, trust needed) {
    std::vector<source_file> sources;
    const auto read = [&](const std::string& path) { sources.push_back(read_source(path, needed)); };
    try {
        read(main_path);
        for (const std::string& path : drop_ins_of(main_path)) read(path);
    } catch (const app::refusal& wrong) {
        throw configuration_error({wrong.what()});
    }
    return read_configuration(sources);
}

std::vector<std::string> configuration_keys() {
    std::vector<std::string> keys;
    add_keys(keys, "", top_rules());
    add_keys(keys, "control.", control_rules());
    add_keys(keys, "metrics.", metrics_rules());
    add_keys(keys, "defaults.", settings_rules());
    add_keys(keys, "file.", file_rules());
    add_keys(keys, "glob.", glob_rules());
    return keys;
}

}  // namespace dmfilemapd
