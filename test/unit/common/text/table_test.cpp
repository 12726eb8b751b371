#include "common/text/table.hpp"

#include <boost/test/unit_test.hpp>

using app::table;

BOOST_AUTO_TEST_SUITE(table_test)

BOOST_AUTO_TEST_CASE(numbers_are_right_aligned) {
    table some({"NAME", "COUNT", "NOTE"});
    some.add({"a", "1", "first"});
    some.add({"longer", "-", ""});
    BOOST_TEST(some.text("") ==
               "NAME    COUNT  NOTE\n"
               "a           1  first\n"
               "longer      -\n");
}

BOOST_AUTO_TEST_CASE(requested_columns_are_right_aligned) {
    table some({"SIZE", "NAME"}, 1);
    some.add({"1.5M", "a"});
    some.add({"-", "b"});
    some.add({"12 KiB", "c"});
    BOOST_TEST(some.text("") ==
               "  SIZE  NAME\n"
               "  1.5M  a\n"
               "     -  b\n"
               "12 KiB  c\n");
}

BOOST_AUTO_TEST_CASE(cells_align_by_terminal_columns) {
    table some({"NAME", "NOTE"});
    some.add({"voil\xc3\xa0", "latin"});
    some.add({"voila\xcc\x80", "combining"});
    some.add({"\u65e5\u672c", "wide"});
    some.add({"\U0001f600", "emoji"});
    some.add({"plain", "ascii"});
    BOOST_TEST(some.text("") ==
               "NAME   NOTE\n"
               "voil\xc3\xa0  latin\n"
               "voila\xcc\x80  combining\n"
               "\u65e5\u672c   wide\n"
               "\U0001f600     emoji\n"
               "plain  ascii\n");
}

BOOST_AUTO_TEST_CASE(heads_alone_are_a_table) {
    BOOST_TEST(table({"A", "B"}).text("") == "A  B\n");
}

BOOST_AUTO_TEST_SUITE_END()
