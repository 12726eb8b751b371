#include "common/config/document.hpp"

#include "common/config/key_rules.hpp"
#include "common/text/display.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace app::config {
namespace {

struct document {
    toml::table root;
    report wrong;
};

// Limit of a line's length. toml++ parses and frees nested tables by recursion, so a long line of dots could exhaust
// the stack.
constexpr std::size_t max_line_length = 16 * 1024;

std::size_t characters_of(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}

// Returns the error in a line and its column; empty if there is none.
std::string problem_of(std::string_view line, std::size_t& column) {
    const std::size_t good = utf8_prefix(line.substr(0, max_line_length));
    column = characters_of(line.substr(0, good)) + 1;
    if (line.size() > max_line_length) return "line of more than " + std::to_string(max_line_length) + " bytes";
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

const table_rule* rule_of(std::span<const table_rule> rules, std::string_view name) {
    const auto found = std::ranges::find(rules, name, &table_rule::name);
    return found == rules.end() ? nullptr : &*found;
}

void take_one_table(const table_rule& rule, const toml::node& value, report& wrong) {
    if (const auto* table = value.as_table()) return rule.take(*table, wrong);
    const std::string name(rule.name);
    wrong.add(value.source(), name + ": must be a table, [" + name + ']');
}

void take_entries(const table_rule& rule, const toml::node& entries, report& wrong) {
    const std::string name(rule.name);
    const std::string wanted = name + ": must be an array of tables, [[" + name + "]]";
    if (!entries.is_array()) return wrong.add(entries.source(), wanted);
    for (const toml::node& entry : *entries.as_array()) {
        if (const auto* table = entry.as_table()) {
            rule.take(*table, wrong);
        } else {
            wrong.add(entry.source(), wanted);
        }
    }
}

std::string unknown_at_top(const layout& of, std::string_view key) {
    if (const std::string tables = of.tables_with(key); !tables.empty())
        return "unknown key " + quoted(key) + "; it belongs into " + tables;
    std::vector<std::string_view> known;
    for (const table_rule& one : of.arrays) known.push_back(one.name);
    for (const table_rule& one : of.tables) known.push_back(one.name);
    known.insert(known.end(), of.keys.begin(), of.keys.end());
    return unknown_key(key, known);
}

void take_all_but_entries(document& from, const layout& of) {
    for (const auto& [key, value] : from.root) {
        if (const table_rule* rule = rule_of(of.tables, key.str())) {
            take_one_table(*rule, value, from.wrong);
        } else if (!rule_of(of.arrays, key.str()) && !of.take_key(key, value, from.wrong)) {
            from.wrong.add(key.source(), unknown_at_top(of, key.str()));
        }
    }
}

void take_all_entries(document& from, const layout& of) {
    for (const table_rule& rule : of.arrays) {
        if (const toml::node* entries = from.root.get(rule.name)) take_entries(rule, *entries, from.wrong);
    }
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

void read_documents(std::span<const source_file> sources, const layout& of) {
    std::vector<document> documents;
    for (const source_file& source : sources) documents.push_back(parse(source));
    for (document& from : documents) take_all_but_entries(from, of);
    for (document& from : documents) take_all_entries(from, of);
    std::vector<std::string> lines;
    for (document& from : documents) append(lines, from.wrong.lines());
    if (!lines.empty()) throw configuration_error(std::move(lines));
}

std::vector<source_file> read_sources(const std::string& main_path, trust needed) {
    std::vector<source_file> sources;
    const auto read = [&](const std::string& path) { sources.push_back(read_source(path, needed)); };
    try {
        read(main_path);
        for (const std::string& path : drop_ins_of(main_path)) read(path);
    } catch (const startup_error& wrong) {
        throw configuration_error({wrong.what()});
    }
    return sources;
}

}  // namespace app::config
