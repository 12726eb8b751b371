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

BOOST_AUTO_TEST_CASE(characters_count_and_not_their_bytes) {
    table some({"NAME", "NOTE"});
    some.add({"voil\xc3\xa0", "x"});
    some.add({"plain", "y"});
    BOOST_TEST(some.text() == "  NAME   NOTE\n  voil\xc3\xa0  x\n  plain  y\n");
}

BOOST_AUTO_TEST_CASE(heads_alone_are_a_table) {
    BOOST_TEST(table({"A", "B"}).text("") == "A  B\n");
}

BOOST_AUTO_TEST_SUITE_END()
