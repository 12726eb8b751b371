#include "dmfilemapd/config/alias_template.hpp"

#include "common/cli/startup_error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using dmfilemapd::expand_alias;

std::string refusal_of(const std::string& alias_template) {
    try {
        return "(" + expand_alias(alias_template, "/a/b") + ")";
    } catch (const app::usage_error& wrong) {
        return wrong.what();
    }
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

struct expansion {
    std::string alias_template;
    std::string path;
    std::string alias;
};

const expansion expansions[] = {
    {"{name}", "/srv/db/users.ibd", "users.ibd"},
    {"{dir}", "/srv/db/users.ibd", "/srv/db"},
    {"{path}", "/srv/db/users.ibd", "/srv/db/users.ibd"},
    {"{name}", "/x", "x"},
    {"{dir}", "/x", "/"},
    {"db-{name}.{name}", "/a/b", "db-b.b"},
    {"{{{name}}}", "/a/b", "{b}"},
    {"{{name}}", "/a/b", "{name}"},
    {"plain", "/a/b", "plain"},
    {"{name}", "/a/{name}", "{name}"},
    {"{name}", "/a/\xff", "\xff"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(config_alias_test)

BOOST_AUTO_TEST_CASE(placeholders_expand_path_parts) {
    for (const expansion& line : expansions) BOOST_TEST(expand_alias(line.alias_template, line.path) == line.alias);
}

BOOST_AUTO_TEST_CASE(wrong_templates_are_refused) {
    BOOST_TEST(refusal_of("{nam}") == "alias '{nam}': unknown placeholder '{nam}'; did you mean '{name}'?");
    BOOST_TEST(refusal_of("{}") == "alias '{}': unknown placeholder '{}'");
    BOOST_TEST(refusal_of("{inode}") == "alias '{inode}': unknown placeholder '{inode}'");
    BOOST_TEST(refusal_of("a{name") == "alias 'a{name': '{' without '}'");
    BOOST_TEST(refusal_of("a{{name}") == "alias 'a{{name}': '}' without '{'; a brace is written as two");
    BOOST_TEST(refusal_of("{") == "alias '{': '{' without '}'");
    BOOST_TEST(refusal_of("}") == "alias '}': '}' without '{'; a brace is written as two");
}

BOOST_AUTO_TEST_CASE(long_names_are_cut_between_characters) {
    BOOST_TEST(expand_alias("{path}", "/" + repeated("x", 254)) == "/" + repeated("x", 254));
    BOOST_TEST(expand_alias("{path}", "/" + repeated("x", 255)) == "/" + repeated("x", 254));
    BOOST_TEST(expand_alias("{path}", "/" + repeated("\xc3\xa4", 127)) == "/" + repeated("\xc3\xa4", 127));
    BOOST_TEST(expand_alias("{path}", "/a" + repeated("\xc3\xa4", 127)) == "/a" + repeated("\xc3\xa4", 126));
    BOOST_TEST(expand_alias("{path}", "/a" + repeated("\xf0\x9f\x98\x80", 64)) ==
               "/a" + repeated("\xf0\x9f\x98\x80", 63));
    // Bytes that are not UTF-8 are truncated at any byte.
    BOOST_TEST(expand_alias("{path}", "/" + repeated("\x80", 300)) == "/" + repeated("\x80", 254));
}

BOOST_AUTO_TEST_SUITE_END()
