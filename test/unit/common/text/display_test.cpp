#include "common/text/display.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace std::string_literals;
using app::displayed;
using app::is_utf8;
using app::one_line;
using app::quoted;
using app::undisplayed;
using app::utf8_prefix;

BOOST_AUTO_TEST_SUITE(display_test)

BOOST_AUTO_TEST_CASE(printable_text_stays) {
    for (const char* text :
         {"", "plain", "with blank", "voil\xc3\xa0", "\xe2\x80\xa6", "\xf0\x9f\x90\xa7", "a\"b'c#d:e"}) {
        BOOST_TEST(displayed(text) == text);
        BOOST_TEST(is_utf8(text));
    }
}

BOOST_AUTO_TEST_CASE(control_characters_are_escaped) {
    BOOST_TEST(displayed("a\nb\tc\rd\x1b[2J\x7f") == "a\\nb\\tc\\x0dd\\x1b[2J\\x7f");
    BOOST_TEST(displayed("a\0b"s) == "a\\x00b");
    // Some terminals interpret U+009B as an escape sequence.
    BOOST_TEST(displayed("\xc2\x9b") == "\\xc2\\x9b");
}

BOOST_AUTO_TEST_CASE(separators_and_direction_marks_are_escaped) {
    BOOST_TEST(displayed("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");
    BOOST_TEST(displayed("\xe2\x80\xae") == "\\xe2\\x80\\xae");
    BOOST_TEST(displayed("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_escaped_bytewise) {
    BOOST_TEST(displayed("a\xff\xfe z") == "a\\xff\\xfe z");
    // Truncated, overlong, surrogate, and out-of-range sequences.
    for (const char* text : {"\xc3", "\xc3z", "\xe2\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
        BOOST_TEST(!is_utf8(text));
        BOOST_TEST(is_utf8(displayed(text)));
        BOOST_TEST(displayed(text).starts_with("\\x"));
    }
    BOOST_TEST(displayed("\xc3z") == "\\xc3z");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_replaced_bytewise) {
    BOOST_TEST(app::as_utf8("voil\xc3\xa0\n") == "voil\xc3\xa0\n");
    BOOST_TEST(app::as_utf8("a\xff\xfez") == "a\xef\xbf\xbd\xef\xbf\xbdz");
    BOOST_TEST(app::as_utf8("\xc3") == "\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(backslashes_are_doubled_once_only) {
    BOOST_TEST(displayed("a\\nb") == "a\\\\nb");
    BOOST_TEST(one_line("a\\nb") == "a\\nb");
    BOOST_TEST(one_line(displayed("a\nb")) == displayed("a\nb"));
    BOOST_TEST(one_line("a\nb") == "a\\nb");
}

BOOST_AUTO_TEST_CASE(quotes_show_what_is_empty) {
    BOOST_TEST(quoted("") == "''");
}

BOOST_AUTO_TEST_CASE(every_byte_can_be_read_back) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    all += "\xc3\xa4\xe2\x80\xae\\n\\x41\\";
    BOOST_TEST((undisplayed(displayed(all)) == all));
    BOOST_TEST((undisplayed("") == ""));
    BOOST_TEST((undisplayed("\\x41\\xfF") == "A\xff"));
}

BOOST_AUTO_TEST_CASE(what_is_never_displayed_so) {
    for (const char* shown : {"\\", "a\\", "\\x", "\\x4", "\\x4g", "\\x-1", "\\x 1", "\\a", "\\\\\\"}) {
        BOOST_TEST_CONTEXT(shown) {
            BOOST_TEST(!undisplayed(shown).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(good_part_of_a_text) {
    BOOST_TEST(utf8_prefix("") == 0U);
    BOOST_TEST(utf8_prefix("a\xc3\xa4") == 3U);
    BOOST_TEST(utf8_prefix("a\xc3\xa4\xff"
                           "b") == 3U);
    BOOST_TEST(utf8_prefix("a\xc3") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
