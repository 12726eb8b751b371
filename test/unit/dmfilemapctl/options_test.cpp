// Checks that help, manual and completions name the commands and options that the program accepts.

#include "dmfilemapctl/options.hpp"

#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace {

using names = std::set<std::string>;

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
    const auto known = dmfilemapctl::command_names();
    return {known.begin(), known.end()};
}

names options() {
    const auto known = dmfilemapctl::option_names();
    return {known.begin(), known.end()};
}

/// Returns bash's completions for a line.
names offered(const std::string& line) {
    const std::string script =
        "cd " FILEMAP_PACKAGING " && . completion/dmfilemapctl && COMP_WORDS=(" + line +
        ") && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && _dmfilemapctl && printf '%s\\n' \"${COMPREPLY[@]}\"";
    std::istringstream words(filemap::test::run_or_throw({"bash", "-c", script}));
    names found;
    for (std::string word; std::getline(words, word);) {
        if (!word.empty()) found.insert(word);
    }
    return found;
}

std::string in_a_line(const names& words) {
    std::string line;
    for (const std::string& word : words) line += word + ' ';
    return line;
}

void check_same(const names& found, const names& expected) {
    BOOST_TEST(in_a_line(found) == in_a_line(expected));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(words_test)

BOOST_AUTO_TEST_CASE(help_has_every_command_and_option) {
    const std::string help = dmfilemapctl::help_text();
    check_same(matches_of(help, "\n  ([a-z]+)[ A-Z=.\\[\\]]*  "), commands());
    check_same(matches_of(help, " --([a-z-]+)"), options());
    check_same(matches_of(help, "(.{81,})"), {});
}

BOOST_AUTO_TEST_CASE(man_page_lists_commands_and_options) {
    const std::string page = text_of(FILEMAP_PACKAGING "/man/dmfilemapctl.1");
    const std::size_t begin = page.find(".Sh COMMANDS");
    names in_page = matches_of(page.substr(begin, page.find(".Sh OPTIONS") - begin), "\n\\.It Cm ([a-z]+)");
    // The manual lists states and kinds of events, too.
    for (const char* other :
         {"waiting", "starting", "following", "ended", "failed", "state", "removed", "group", "synced", "error"}) {
        BOOST_TEST(in_page.erase(other) == 1u, other);
    }
    check_same(in_page, commands());
    check_same(matches_of(page, "\n\\.It Fl (?:[a-zA-Z] , Fl )?\\\\-([a-z][a-z-]*)"), options());
}

BOOST_AUTO_TEST_CASE(bash_completes_commands_options_and_files) {
    check_same(offered("dmfilemapctl ''"), commands());
    check_same(offered("dmfilemapctl --json --socket x ''"), commands());
    check_same(offered("dmfilemapctl re"), {"remove", "resync", "reload"});
    names dashed;
    for (const std::string& name : options()) dashed.insert("--" + name);
    check_same(offered("dmfilemapctl -"), dashed);
    check_same(offered("dmfilemapctl show --"), dashed);
    check_same(offered("dmfilemapctl show co"), {"completion"});
    check_same(offered("dmfilemapctl --socket co"), {"completion"});
    names keys;
    for (const auto& one : dmfilemapctl::sort_names) keys.emplace(one.name);
    check_same(offered("dmfilemapctl top --sort ''"), keys);
    check_same(offered("dmfilemapctl --filter x --number 1 to"), {"top"});
    check_same(offered("dmfilemapctl show x co"), {});
    check_same(offered("dmfilemapctl list co"), {});
}

BOOST_AUTO_TEST_CASE(other_shells_have_the_same_words) {
    const std::string zsh = text_of(FILEMAP_PACKAGING "/completion/_dmfilemapctl");
    check_same(matches_of(zsh, "\n    '([a-z]+):"), commands());
    check_same(matches_of(zsh, "--([a-z-]+)[}\\[]"), options());
    const std::string fish = text_of(FILEMAP_PACKAGING "/completion/dmfilemapctl.fish");
    check_same(matches_of(fish, "\" -a ([a-z]+) -d"), commands());
    check_same(matches_of(fish, " -l ([a-z-]+) -"), options());
    const names lists = matches_of(fish, "set -l commands (.*)");
    BOOST_TEST_REQUIRE(lists.size() == 1u);
    names listed;
    std::istringstream words(*lists.begin());
    for (std::string word; words >> word;) listed.insert(word);
    check_same(listed, commands());
}

BOOST_AUTO_TEST_SUITE_END()
