// Tests the reader with the tables of an invented configuration.

#include "common/config/document.hpp"

#include "common/config/control_table.hpp"
#include "common/config/toml_values.hpp"
#include "common/config/unique_values.hpp"

#include <boost/test/unit_test.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace app::config;
using texts = std::vector<std::string>;

struct garden {
    std::string season;
    app::control::settings control;
    bool is_wet = false;
    /// Name of each plant, and the weather known when the plant was read.
    texts plants;
};

struct plant {
    std::string name;
};

constexpr key_rule<garden> of_weather[] = {
    {"wet", [](auto& into, const assignment& from) { into.is_wet = truth_in(from); }},
};
constexpr key_rule<plant> of_plant[] = {
    {"name", [](auto& into, const assignment& from) { into.name = text_in(from); }},
};
constexpr key_rule<garden> at_top[] = {
    {"season", [](auto& into, const assignment& from) { into.season = text_in(from); }},
};

constexpr std::span<const key_rule<garden>> weather_rules = of_weather;
constexpr std::span<const key_rule<plant>> plant_rules = of_plant;
constexpr std::span<const key_rule<garden>> top_rules = at_top;

std::string tables_with(std::string_view key) {
    return key == "wet" ? "[weather]" : "";
}

layout layout_of(garden& all, given_once& names) {
    layout parts;
    parts.tables = {
        {"weather", [&](const toml::table& from, report& wrong) { take_table(all, from, wrong, weather_rules); }},
        {"control",
         [&](const toml::table& from, report& wrong) { take_table(all.control, from, wrong, control_rules()); }},
    };
    parts.arrays = {{"plant", [&](const toml::table& entry, report& wrong) {
                         plant one;
                         take_table(one, entry, wrong, plant_rules);
                         if (!names.add(one.name, wrong.place_of(entry.source()), wrong)) return;
                         all.plants.push_back(one.name + (all.is_wet ? " (wet)" : ""));
                     }}};
    add_names(parts.keys, top_rules);
    parts.take_key = [&](const toml::key& key, const toml::node& value, report& wrong) {
        return take_key(all, key, value, top_rules, wrong);
    };
    parts.tables_with = tables_with;
    return parts;
}

garden read(const std::vector<source_file>& sources) {
    garden all;
    given_once names("name");
    read_documents(sources, layout_of(all, names));
    return all;
}

texts wrong_with(const std::vector<source_file>& sources) {
    try {
        static_cast<void>(read(sources));
        return {};
    } catch (const configuration_error& wrong) {
        return wrong.lines();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_document_test)

BOOST_AUTO_TEST_CASE(tables_of_all_sources_merge) {
    const garden all = read({{"main", "season = 'spring'\n[[plant]]\nname = 'oak'\n"},
                             {"drop-in",
                              "season = 'autumn'\n[weather]\nwet = true\n[control]\nmode = '0600'\n"
                              "[[plant]]\nname = 'elm'\n"}});
    BOOST_TEST(all.season == "autumn");
    BOOST_TEST(all.control.mode == 0600U);
    BOOST_TEST(all.control.socket == "");
    BOOST_TEST(all.plants == (texts{"oak (wet)", "elm (wet)"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(error_names_line_and_column) {
    const texts expected{
        "main:1:1: unknown key 'seasn'; did you mean 'season'?",
        "main:2:1: unknown key 'wet'; it belongs into [weather]",
        "main:3:1: unknown key 'plants'; did you mean 'plant'?",
        "main:4:11: weather: must be a table, [weather]",
        "drop-in:1:1: name 'oak': already given at main:5:1",
        "drop-in:3:1: unknown key 'nam'; did you mean 'name'?",
    };
    const texts told =
        wrong_with({{"main", "seasn = 'spring'\nwet = true\nplants = 1\nweather = 1\n[[plant]]\nname = 'oak'\n"},
                    {"drop-in", "[[plant]]\nname = 'oak'\nnam = 'elm'\n"}});
    BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
