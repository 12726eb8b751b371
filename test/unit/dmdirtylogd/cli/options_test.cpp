#include "dmdirtylogd/cli/options.hpp"

#include "common/cli/startup_error.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace {

using namespace dmdirtylogd;
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

names matches_of(const std::string& text, const char* pattern) {
    names found;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) found.insert((*at)[1]);
    return found;
}

names known() {
    const auto all = option_names();
    return {all.begin(), all.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(no_arguments_serve_with_defaults) {
    const options given = parse_options({});
    BOOST_TEST((given.act == options::action::serve));
    BOOST_TEST(given.config == "/etc/dmdirtylogd/dmdirtylogd.toml");
    BOOST_TEST(!given.config_is_given);
    BOOST_TEST((log_level_of(given) == filemap::log_level::error));
}

BOOST_AUTO_TEST_CASE(options_are_parsed) {
    const options given = parse_options(words{"-vv", "--config", "x.toml"});
    BOOST_TEST(given.config == "x.toml");
    BOOST_TEST(given.config_is_given);
    BOOST_TEST((log_level_of(given) == filemap::log_level::info));
    BOOST_TEST((parse_options(words{"--check-config"}).act == options::action::check_config));
    BOOST_TEST((parse_options(words{"--help", "--version"}).act == options::action::help));
    BOOST_TEST((parse_options(words{"-V"}).act == options::action::version));
    BOOST_TEST((log_level_of(parse_options(words{"-vvvvv"})) == filemap::log_level::debug));
}

BOOST_AUTO_TEST_CASE(error_names_its_option) {
    BOOST_TEST(refusal_of({"x"}) == "argument 'x': unexpected");
    BOOST_TEST(refusal_of({"--config", ""}) == "--config '': empty");
    BOOST_TEST(refusal_of({"--confi", "x"}) != "(accepted)");
    BOOST_TEST(refusal_of({"--config"}) != "(accepted)");
}

BOOST_AUTO_TEST_CASE(help_and_manual_list_every_option) {
    BOOST_TEST(matches_of(help_text(), "--([a-z-]+)") == known(), boost::test_tools::per_element());
    std::ifstream file(FILEMAP_PACKAGING "/man/dmdirtylogd.8");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(matches_of(page, "\n\\.It (?:Fl [a-zA-Z] , )?Fl \\\\-([a-z-]+)") == known(),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unit_exposure_is_small) {
    // In tenths. The daemon needs block devices, the host's network namespace and more capabilities.
    const auto judged = [](const std::string& threshold) {
        return filemap::test::run_program({"systemd-analyze", "security", "--no-pager", "--offline=true",
                                           "--threshold=" + threshold, FILEMAP_SERVICE_UNIT});
    };
    const auto passes = judged("30");
    BOOST_TEST(passes.status == 0, passes.out + passes.err);
    BOOST_TEST(judged("5").status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
