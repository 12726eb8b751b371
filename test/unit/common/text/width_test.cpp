#include "common/text/width.hpp"

#include <boost/test/unit_test.hpp>

#include <clocale>

using app::suffix_within;
using app::width_of;

BOOST_AUTO_TEST_SUITE(width_test)

BOOST_AUTO_TEST_CASE(width_counts_terminal_columns) {
    BOOST_TEST(width_of("") == 0U);
    BOOST_TEST(width_of("voil\u00e0") == 5U);
    BOOST_TEST(width_of("voila\u0300") == 5U);
    BOOST_TEST(width_of("\u65e5\u672c\u8a9e") == 6U);
    BOOST_TEST(width_of("\uff76\uff85") == 2U);
    BOOST_TEST(width_of("\U0001f600.img") == 6U);
}

BOOST_AUTO_TEST_CASE(width_ignores_and_keeps_locale) {
    BOOST_TEST(std::setlocale(LC_CTYPE, nullptr) == "C");
    BOOST_TEST(width_of("\u65e5") == 2U);
    BOOST_TEST(std::setlocale(LC_CTYPE, nullptr) == "C");
}

BOOST_AUTO_TEST_CASE(suffix_fits_width) {
    BOOST_TEST(suffix_within("plain", 5) == "plain");
    BOOST_TEST(suffix_within("plain", 3) == "ain");
    BOOST_TEST(suffix_within("plain", 0) == "");
    // Half of a wide character is not shown.
    BOOST_TEST(suffix_within("\u65e5\u672c\u8a9e", 5) == "\u672c\u8a9e");
    BOOST_TEST(suffix_within("a\U0001f600b", 2) == "b");
}

BOOST_AUTO_TEST_CASE(suffix_begins_with_base_character) {
    BOOST_TEST(suffix_within("voila\u0300!", 2) == "a\u0300!");
    BOOST_TEST(suffix_within("voila\u0300!", 1) == "!");
}

BOOST_AUTO_TEST_SUITE_END()
