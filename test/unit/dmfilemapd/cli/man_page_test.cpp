#include "dmfilemapd/cli/help.hpp"
#include "dmfilemapd/cli/options.hpp"
#include "support/outcomes.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using names = std::set<std::string>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.is_open(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string man_page() {
    return text_of(FILEMAP_MAN_PAGE);
}

std::string outcomes_page() {
    return text_of(FILEMAP_OUTCOMES_PAGE);
}

/// Returns the rows of all tables with this heading.
std::vector<std::string> rows_under(const std::string& heading, const std::string& page) {
    std::vector<std::string> rows;
    std::istringstream lines(page);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".It Em ")) {
            inside = line == ".It " + heading;
        } else if (line == ".El") {
            inside = false;
        } else if (inside) {
            rows.push_back(line);
        }
    }
    return rows;
}

std::string row_of(std::initializer_list<std::string_view> cells) {
    std::string row;
    for (const std::string_view cell : cells) row += (row.empty() ? ".It " : " Ta ") + std::string(cell);
    return row;
}

names matches_of(const std::string& text, const char* pattern) {
    names found;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) found.insert((*at)[1]);
    return found;
}

names known_options() {
    const auto known = dmfilemapd::option_names();
    return {known.begin(), known.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(man_page_test)

BOOST_AUTO_TEST_CASE(help_lists_exactly_all_options) {
    const names in_help = matches_of(dmfilemapd::help_text(), "--([a-z][a-z-]*)");
    BOOST_TEST(in_help == known_options(), boost::test_tools::per_element());
}

// The usage omits --help and --version.
BOOST_AUTO_TEST_CASE(usage_matches_synopsis) {
    const std::string help = dmfilemapd::help_text();
    const std::string usage = help.substr(0, help.find("\nKeeps "));
    const std::string page = man_page();
    const auto begin = page.find(".Sh SYNOPSIS\n");
    const std::string synopsis = page.substr(begin, page.find("\n.Nm\n.Fl \\-help") - begin);
    const auto occurrences = [](const std::string& text, const std::string& what) {
        std::size_t count = 0;
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
        return count;
    };
    BOOST_TEST(occurrences(usage, "dmfilemapd ") == occurrences(synopsis, "\n.Nm\n"));
    const names in_usage = matches_of(usage, " \\[?--([a-z][a-z-]*)");
    BOOST_TEST(in_usage == matches_of(synopsis, "Fl \\\\-([a-z][a-z-]*)"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_lists_exactly_all_options) {
    const names entries = matches_of(man_page(), "\\n\\.It Fl (?:[a-zA-Z] , Fl )?\\\\-([a-z][a-z-]*)");
    BOOST_TEST(entries == known_options(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_has_same_short_options) {
    const names in_help = matches_of(dmfilemapd::help_text(), "\\n  -([a-zA-Z]),");
    const names in_page = matches_of(man_page(), "\\n\\.It Fl ([a-zA-Z]) , Fl");
    BOOST_TEST(in_help == in_page, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(outcome_table_matches_kernel_tests) {
    std::vector<std::string> shown;
    for (const auto& row : filemap::test::outcomes())
        shown.push_back(row_of({row.operation, describe(row.inode).word, describe(row.path).word}));
    BOOST_TEST(rows_under("Em operation Ta Em inode Ta Em path", outcomes_page()) == shown,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(outcome_texts_match_kernel_tests) {
    std::vector<std::string> explained, logged;
    for (const auto& fate : filemap::test::fates()) {
        explained.push_back(row_of({fate.word, status_text(fate), describe(fate.regions)}));
        if (!fate.logged.empty()) logged.push_back(row_of({fate.word, fate.logged}));
    }
    BOOST_TEST(rows_under("Em outcome Ta Em status Ta Em regions", outcomes_page()) == explained,
               boost::test_tools::per_element());
    BOOST_TEST(rows_under("Em outcome Ta Em logged", outcomes_page()) == logged, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_of_help_fit_a_terminal) {
    BOOST_TEST(matches_of(dmfilemapd::help_text(), "(.{81,})").empty());
}

BOOST_AUTO_TEST_SUITE_END()
