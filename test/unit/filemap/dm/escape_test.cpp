#include "dm/escape.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using filemap::dm::escape_token;
using namespace std::literals;

BOOST_AUTO_TEST_SUITE(message_text)

BOOST_AUTO_TEST_CASE(plain_token_stays) {
    BOOST_TEST(escape_token("DMS_GROUP=\"q\":0-1,3#-") == "DMS_GROUP=\"q\":0-1,3#-");
}

BOOST_AUTO_TEST_CASE(white_space_and_backslashes_are_escaped) {
    BOOST_TEST(escape_token("a b\tc\nd\ve\ff\rg\\h") == "a\\ b\\\tc\\\nd\\\ve\\\ff\\\rg\\\\h");
}

BOOST_AUTO_TEST_CASE(byte_a0_is_escaped_within_character) {
    BOOST_TEST(escape_token("voil\xc3\xa0") == "voil\xc3\\\xa0");
    BOOST_TEST(escape_token("\xd0\xa0") == "\xd0\\\xa0");
    BOOST_TEST(escape_token("\xe2\x80\xa6") == "\xe2\x80\xa6");
}

BOOST_AUTO_TEST_CASE(only_kernel_white_space_is_escaped) {
    for (int byte = 1; byte < 256; ++byte) {
        const std::string token(1, static_cast<char>(byte));
        const bool escaped = "\t\n\v\f\r \xa0\\"s.find(token) != std::string::npos;
        BOOST_TEST(escape_token(token) == (escaped ? "\\" + token : token), byte);
    }
}

BOOST_AUTO_TEST_SUITE_END()
