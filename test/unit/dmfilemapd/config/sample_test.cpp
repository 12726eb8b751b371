#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/config/load_configuration.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

using namespace dmfilemapd;
using names = std::set<std::string>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.is_open(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

configuration read(const std::string& text) {
    const app::config::source_file source{"sample", text};
    return read_configuration({&source, 1});
}

/// Uncomments the settings: a commented setting has no blank after the "#".
std::string uncommented(const std::string& text) {
    return std::regex_replace(text, std::regex("(^|\n)#(?=[^ \n])"), "$1");
}

std::string match_of(const std::string& text, const char* pattern) {
    std::smatch found;
    std::regex_search(text, found, std::regex(pattern));
    return found[1];
}

/// Returns the keys under each heading, in the form of `configuration_keys`.
names keys_in(const std::string& text, const char* heading, const char* key) {
    names all;
    std::string table;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (const std::string begun = match_of(line, heading); !begun.empty()) table = begun + '.';
        if (const std::string found = match_of(line, key); !found.empty()) all.insert(table + found);
    }
    return all;
}

names known_keys() {
    const auto known = configuration_keys();
    return {known.begin(), known.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_sample_test)

BOOST_AUTO_TEST_CASE(sample_changes_nothing) {
    const configuration sample = read(text_of(FILEMAP_SAMPLE));
    BOOST_TEST(sample.files.empty());
    BOOST_TEST(sample.globs.empty());
    BOOST_TEST((sample.defaults == file_settings{}));
    BOOST_TEST((sample.control == configuration{}.control));
}

BOOST_AUTO_TEST_CASE(sample_tells_the_defaults) {
    const configuration sample = read(uncommented(text_of(FILEMAP_SAMPLE)));
    BOOST_TEST((sample.defaults == file_settings{}));
    BOOST_TEST((sample.control == configuration{}.control));
    BOOST_TEST((sample.log_level == configuration{}.log_level));
    BOOST_TEST(sample.files.size() == 2U);
    BOOST_TEST_REQUIRE(sample.globs.size() == 1U);
    BOOST_TEST(sample.globs[0].recursive == glob_entry{}.recursive);
    BOOST_TEST(sample.globs[0].exclude.empty());
}

BOOST_AUTO_TEST_CASE(sample_has_every_key) {
    const names in_sample = keys_in(uncommented(text_of(FILEMAP_SAMPLE)), R"(^\[+([a-z]+)\]+$)", "^([a-z][a-z-]*) = ");
    BOOST_TEST(in_sample == known_keys(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_has_every_key) {
    const names in_page =
        keys_in(text_of(FILEMAP_CONFIGURATION_PAGE), R"(^\.Ss \[+([a-z]+)\]+$)", "^\\.It Ic ([a-z-]+)$");
    BOOST_TEST(in_page == known_keys(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(man_page_example_is_valid) {
    const std::string page = text_of(FILEMAP_CONFIGURATION_PAGE);
    const std::string begin = ".Bd -literal -offset indent\n";
    const std::size_t at = page.find(begin) + begin.size();
    const configuration example = read(page.substr(at, page.find(".Ed", at) - at));
    BOOST_TEST(example.files.size() == 1U);
    BOOST_TEST(example.globs.size() == 2U);
}

// The follow mode differs: the service monitors names.
BOOST_AUTO_TEST_CASE(defaults_match_command_line) {
    const options of_options;
    const file_settings of_file;
    BOOST_TEST(of_file.program_id == of_options.program_id);
    BOOST_TEST((of_file.counting == of_options.counting));
    BOOST_TEST((of_file.regions.rule == of_options.regions.rule));
    BOOST_TEST((of_file.interval == of_options.interval));
    BOOST_TEST((of_file.tolerance == of_options.tolerance));
    BOOST_TEST((of_file.verify == of_options.verify));
    BOOST_TEST((of_file.follow == filemap::fs::follow_mode::path));
}

BOOST_AUTO_TEST_SUITE_END()
