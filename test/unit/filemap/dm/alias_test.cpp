#include <filemap/dm/group_descriptor.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace filemap::dm;

namespace {

constexpr alias_syntax both[] = {alias_syntax::plain, alias_syntax::quoted};

}  // namespace

BOOST_AUTO_TEST_SUITE(alias)

BOOST_AUTO_TEST_CASE(quoted_syntax_quotes_alias) {
    BOOST_TEST(alias_part("a b", alias_syntax::plain) == "a b");
    BOOST_TEST(alias_part("a b", alias_syntax::quoted) == "\"a b\"");
    BOOST_TEST(alias_part("\"q\"", alias_syntax::plain) == "\"q\"");
    for (const alias_syntax syntax : both) BOOST_TEST(alias_part("", syntax).empty());
}

BOOST_AUTO_TEST_CASE(readable_name_stays) {
    for (const std::string name : {"", "plain", "\"q\"", "\"q", "'s'", "a#b", "#", "x#-", "%s", "a,b", "0-1", "-",
                                   "\xe2\x80\xa6", "\xff\xfe", "gr\xc3\xbc\xc3\x9f", "a/b"})
        for (const alias_syntax syntax : both) {
            BOOST_TEST(alias_problem(name, syntax).empty(), name);
            BOOST_TEST(readable_alias(name, syntax) == name);
        }
}

BOOST_AUTO_TEST_CASE(unreadable_character_is_replaced) {
    const std::pair<std::string, std::string> names[] = {
        {"a:b", "a_b"},
        {"a\nb\t", "a_b_"},
        {"\x7f\x1b[31m", "__[31m"},
        {"voil\xc3\xa0", "voil_"},
        {"\xd0\xa0\xd0\xa1", "_\xd0\xa1"},
        {"\xe0\xa4\xa0", "_"},
        {"\xf0\x9f\xa0\x80", "_"},
    };
    for (const auto& [name, alias] : names)
        for (const alias_syntax syntax : both) {
            BOOST_TEST(!alias_problem(name, syntax).empty());
            BOOST_TEST(readable_alias(name, syntax) == alias);
        }
}

BOOST_AUTO_TEST_CASE(lone_byte_a0_is_replaced) {
    for (const alias_syntax syntax : both) {
        BOOST_TEST(readable_alias("a\xa0"
                                  "b",
                                  syntax) == "a_b");
        BOOST_TEST(readable_alias("\xe3\xa0", syntax) == "\xe3_");
        BOOST_TEST(readable_alias("\xc3"
                                  "a\xa0",
                                  syntax) ==
                   "\xc3"
                   "a_");
        BOOST_TEST(readable_alias("\xa0\xa0", syntax) == "__");
    }
}

BOOST_AUTO_TEST_CASE(plain_syntax_replaces_blank_and_backslash) {
    BOOST_TEST(readable_alias("a b\\c", alias_syntax::plain) == "a_b_c");
    BOOST_TEST(readable_alias("a b\\c", alias_syntax::quoted) == "a b\\c");
    BOOST_TEST(alias_problem("a b", alias_syntax::plain).find("blank") != std::string::npos);
    BOOST_TEST(alias_problem("a\\b", alias_syntax::plain).find("backslash") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(quoted_syntax_replaces_hash_before_blank) {
    BOOST_TEST(readable_alias("# a #b# ", alias_syntax::quoted) == "_ a #b_ ");
    BOOST_TEST(readable_alias("# a", alias_syntax::plain) == "#_a");
}

BOOST_AUTO_TEST_CASE(readable_alias_round_trips) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte)
        bytes.append({static_cast<char>(byte), '#', static_cast<char>(255 - byte), ' ', ':', '0'});
    for (const alias_syntax syntax : both) {
        const std::string alias = readable_alias(bytes, syntax);
        BOOST_TEST(alias_problem(alias, syntax).empty());
        BOOST_TEST(readable_alias(alias, syntax) == alias);
        const group_descriptor group{alias_part(alias, syntax), {{filemap::region_id{0}, filemap::region_id{1}}}, "-"};
        BOOST_TEST((group_descriptor::parse(group.format()) == group));
        BOOST_TEST(group.alias() == alias);
    }
}

BOOST_AUTO_TEST_CASE(installed_syntax_comes_from_library) {
    // The result depends on the machine; kernel tests compare it with dmsetup.
    BOOST_TEST((installed_alias_syntax() == installed_alias_syntax()));
}

BOOST_AUTO_TEST_SUITE_END()
