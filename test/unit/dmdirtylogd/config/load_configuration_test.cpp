#include "dmdirtylogd/config/load_configuration.hpp"

#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace dmdirtylogd;
using namespace std::chrono_literals;
using names = std::set<std::string>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.is_open(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

configuration read(const std::string& text) {
    const app::config::source_file source{"F", text};
    return read_configuration({&source, 1});
}

std::string refusal_of(const std::string& text) {
    try {
        static_cast<void>(read(text));
    } catch (const configuration_error& wrong) {
        return wrong.lines().size() == 1 ? wrong.what() : "(more than one line)";
    }
    return "(accepted)";
}

/// Commented settings have no blank after the "#".
std::string uncommented(const std::string& text) {
    return std::regex_replace(text, std::regex("(^|\n)#(?=[^ \n])"), "$1");
}

std::string match_of(const std::string& text, const char* pattern) {
    std::smatch found;
    std::regex_search(text, found, std::regex(pattern));
    return found[1];
}

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

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(every_key_is_read) {
    const configuration got = read(R"(
log-level = "debug"
[state]
directory = "/run/x/"
[log]
directory = "/srv/logs"
clear-delay = "250ms"
flush-legs = false
[resync]
order = "descending"
rate = 30
[control]
socket = ""
mode = "0600"
group = "disk"
)");
    BOOST_TEST((got.log_level == filemap::log_level::debug));
    BOOST_TEST(got.state_directory == "/run/x");
    BOOST_TEST(got.log.directory == "/srv/logs");
    BOOST_TEST((got.log.clear_delay == 250ms));
    BOOST_TEST(!got.log.flush_legs);
    BOOST_TEST((got.order == resync_order::descending_order));
    BOOST_TEST(got.rate == 30U);
    BOOST_TEST(got.control.socket == "");
    BOOST_TEST(got.control.mode == 0600U);
    BOOST_TEST(got.control.group == "disk");
}

BOOST_AUTO_TEST_CASE(errors_name_their_place) {
    const std::pair<const char*, const char*> cases[] = {
        {"clear-delay = 1", "F:1:1: unknown key 'clear-delay'; it belongs into [log]"},
        {"lok-level = 1", "F:1:1: unknown key 'lok-level'; did you mean 'log-level'?"},
        {"[log]\nclear-dealy = 1", "F:2:1: unknown key 'clear-dealy'; did you mean 'clear-delay'?"},
        {"[log]\nclear-delay = \"0s\"", "F:2:15: clear-delay '0s': "},
        {"[log]\nflush-legs = 1", "F:2:14: flush-legs"},
        {"[log]\ndirectory = \"logs\"", "F:2:13: directory 'logs': "},
        {"[resync]\norder = \"recent-first\"", "F:2:9: order 'recent-first': neither ascending nor descending"},
        {"[resync]\nrate = -1", "F:2:8: rate '-1': "},
        {"[resync]\nrate = \"fast\"", "F:2:8: rate"},
        {"[control]\nmode = \"9\"", "F:2:8: mode '9': not an octal mode from 0000 to 0777"},
        {"[state]\ndirectory = 1", "F:2:13: directory"},
        {"log = 1", "F:1:7: log: must be a table, [log]"},
        {"=", "F:1:1: "},
    };
    for (const auto& [text, why] : cases)
        BOOST_TEST(refusal_of(text).starts_with(why), text << " gave " << refusal_of(text));
}

BOOST_AUTO_TEST_CASE(default_file_may_be_missing) {
    const filemap::test::scratch_directory here;
    const std::string path = here / "c.toml";
    BOOST_TEST((load_configuration(path, false, app::config::trust::any) == configuration{}));
    BOOST_CHECK_THROW(static_cast<void>(load_configuration(path, true, app::config::trust::any)), configuration_error);
    std::ofstream(path) << "log-level = \"info\"\n";
    BOOST_TEST((load_configuration(path, false, app::config::trust::any).log_level == filemap::log_level::info));
}

BOOST_AUTO_TEST_CASE(sample_states_every_default) {
    const std::string sample = text_of(FILEMAP_SAMPLE);
    BOOST_TEST((read(sample) == configuration{}));
    BOOST_TEST((read(uncommented(sample)) == configuration{}));
    BOOST_TEST(keys_in(uncommented(sample), R"(^\[([a-z]+)\]$)", "^([a-z][a-z-]*) = ") == known_keys(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(manual_lists_every_key) {
    const std::string page = text_of(FILEMAP_PACKAGING "/man/dmdirtylogd.toml.5");
    BOOST_TEST(keys_in(page, R"(^\.Ss \[([a-z]+)\]$)", "^\\.It Ic ([a-z-]+)$") == known_keys(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
