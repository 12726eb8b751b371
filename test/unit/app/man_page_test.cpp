#include "dmfilemapd/help.hpp"
#include "dmfilemapd/options.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

using names = std::set<std::string>;

std::string man_page() {
    std::ifstream file(FILEMAP_MAN_PAGE);
    BOOST_TEST_REQUIRE(file.is_open(), FILEMAP_MAN_PAGE);
    return {std::istreambuf_iterator<char>(file), {}};
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

BOOST_AUTO_TEST_CASE(help_has_every_option_and_no_other) {
    const names in_help = matches_of(dmfilemapd::help_text(), "--([a-z][a-z-]*)");
    BOOST_TEST(in_help == known_options(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_has_an_entry_for_every_option_and_no_other) {
    const names entries = matches_of(man_page(), "\\n\\.It Fl (?:[a-zA-Z] , Fl )?\\\\-([a-z][a-z-]*)");
    BOOST_TEST(entries == known_options(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_has_the_same_short_options) {
    const names in_help = matches_of(dmfilemapd::help_text(), "\\n  -([a-zA-Z]),");
    const names in_page = matches_of(man_page(), "\\n\\.It Fl ([a-zA-Z]) , Fl");
    BOOST_TEST(in_help == in_page, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_of_help_fit_a_terminal) {
    BOOST_TEST(matches_of(dmfilemapd::help_text(), "(.{81,})").empty());
}

BOOST_AUTO_TEST_SUITE_END()
