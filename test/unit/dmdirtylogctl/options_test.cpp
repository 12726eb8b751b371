// Parsing of the command line. Help, man page and completions must list the same commands and options.

#include "dmdirtylogctl/options.hpp"

#include "common/cli/startup_error.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace dmdirtylogctl;
using words = std::vector<std::string>;
using names = std::set<std::string>;

std::string refusal_of(const words& arguments) {
    try {
        static_cast<void>(parse_options(arguments));
    } catch (const app::usage_error& wrong) {
        return wrong.what();
    }
    return "(accepted)";
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.is_open(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

names matches_of(const std::string& text, const char* pattern) {
    names found;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) found.insert((*at)[1]);
    return found;
}

names commands() {
    const auto known = command_names();
    return {known.begin(), known.end()};
}

names long_options() {
    const auto known = option_names();
    return {known.begin(), known.end()};
}

/// Returns bash's completions at the end of a line.
names offered(const std::string& line) {
    const std::string script =
        "cd " FILEMAP_PACKAGING " && . completion/dmdirtylogctl && COMP_WORDS=(" + line +
        ") && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && _dmdirtylogctl && printf '%s\\n' \"${COMPREPLY[@]}\"";
    std::istringstream lines(filemap::test::run_or_throw({"bash", "-c", script}));
    names found;
    for (std::string word; std::getline(lines, word);) {
        if (!word.empty()) found.insert(word);
    }
    return found;
}

names with_dashes(const names& of) {
    names all;
    for (const std::string& name : of) all.insert("--" + name);
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(commands_parse_their_arguments) {
    BOOST_TEST((parse_options(words{"list"}).act == action::list));
    BOOST_TEST(parse_options(words{"list"}).socket == "/run/dmdirtylogd/control.sock");
    BOOST_TEST(parse_options(words{"status"}).uuid == "");
    BOOST_TEST(parse_options(words{"status", "m1"}).uuid == "m1");
    const options made = parse_options(words{"checkpoint", "m1", "monday", "--socket", "/x"});
    BOOST_TEST(made.uuid == "m1");
    BOOST_TEST(made.name == "monday");
    BOOST_TEST(made.socket == "/x");
    const options changes = parse_options(words{"changes", "m1", "--since", "monday", "--format", "ranges"});
    BOOST_TEST(changes.name == "monday");
    BOOST_TEST((changes.as == format::ranges));
    BOOST_TEST((parse_options(words{"changes", "m1", "--since", "x", "--json"}).as == format::json));
    BOOST_TEST((parse_options(words{"changes", "m1", "--since", "x"}).as == format::table));
}

BOOST_AUTO_TEST_CASE(error_names_its_option) {
    const std::pair<words, const char*> cases[] = {
        {{}, "no COMMAND given"},
        {{"lits"}, "unknown command 'lits'"},
        {{"list", "m1"}, "list: too many arguments, from 'm1'"},
        {{"status", "m1", "x"}, "status: too many arguments, from 'x'"},
        {{"status", ""}, "UUID '': empty"},
        {{"checkpoint"}, "checkpoint: no UUID given"},
        {{"checkpoint", "m1"}, "checkpoint: no NAME given"},
        {{"forget", "m1", ""}, "NAME '': empty"},
        {{"changes", "m1"}, "changes: no --since NAME given"},
        {{"changes", "--since", "x"}, "changes: no UUID given"},
        {{"changes", "m1", "--since", ""}, "NAME '': empty"},
        {{"changes", "m1", "--since", "x", "--format", "xml"}, "--format 'xml': neither table, json nor ranges"},
        {{"changes", "m1", "--since", "x", "--format", "json", "--json"}, "--json and --format: only one of them"},
        {{"list", "--since", "x"}, "--since: only with changes"},
        {{"list", "--format", "json"}, "--format: only with changes"},
    };
    for (const auto& [arguments, why] : cases) BOOST_TEST(refusal_of(arguments) == why);
}

BOOST_AUTO_TEST_CASE(help_and_manual_list_everything) {
    BOOST_TEST(matches_of(help_text(), "\n  ([a-z]+) ") == commands(), boost::test_tools::per_element());
    BOOST_TEST(matches_of(help_text(), "--([a-z]+)") == long_options(), boost::test_tools::per_element());
    const std::string page = text_of(FILEMAP_PACKAGING "/man/dmdirtylogctl.1");
    BOOST_TEST(matches_of(page, "\n\\.It Cm ([a-z]+)") == commands(), boost::test_tools::per_element());
    BOOST_TEST(matches_of(page, "\n\\.It (?:Fl [a-zA-Z] , )?Fl \\\\-([a-z-]+)") == long_options(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(completions_offer_everything) {
    BOOST_TEST(offered("dmdirtylogctl ''") == commands(), boost::test_tools::per_element());
    BOOST_TEST(offered("dmdirtylogctl --") == with_dashes(long_options()), boost::test_tools::per_element());
    BOOST_TEST(offered("dmdirtylogctl changes m1 --format ''") == (names{"table", "json", "ranges"}),
               boost::test_tools::per_element());
    const std::string fish = text_of(FILEMAP_PACKAGING "/completion/dmdirtylogctl.fish");
    BOOST_TEST(matches_of(fish, "\ncomplete[^\n]* -l ([a-z]+)") == long_options(), boost::test_tools::per_element());
    BOOST_TEST(matches_of(fish, " -a ([a-z]+) ") == commands(), boost::test_tools::per_element());
    const std::string zsh = text_of(FILEMAP_PACKAGING "/completion/_dmdirtylogctl");
    BOOST_TEST(matches_of(zsh, "--([a-z]+)\\[") == names({"socket", "json", "since", "format"}),
               boost::test_tools::per_element());
    BOOST_TEST(matches_of(zsh, "\n    '([a-z]+):") == commands(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
