#include "common/config/spelling.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

BOOST_AUTO_TEST_SUITE(config_nearest_test)

BOOST_AUTO_TEST_CASE(nearest_is_what_was_probably_meant) {
    constexpr std::string_view known[] = {"interval", "verify", "max-regions", "path"};
    BOOST_TEST(app::config::nearest("intervall", known).value() == "interval");
    BOOST_TEST(app::config::nearest("max_regions", known).value() == "max-regions");
    BOOST_TEST(app::config::nearest("maxregions", known).value() == "max-regions");
    BOOST_TEST(app::config::nearest("pth", known).value() == "path");
    BOOST_TEST(app::config::nearest("verfiy", known).value() == "verify");
    for (const char* none : {"", "x", "colour", "pattern"}) {
        BOOST_TEST_CONTEXT(none) {
            BOOST_TEST(!app::config::nearest(none, known).has_value());
        }
    }
    BOOST_TEST(!app::config::nearest(std::string(8000, 'i'), known).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
