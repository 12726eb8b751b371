#include "dmfilemapd/metrics/metric_format.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

using namespace dmfilemapd::metrics;

namespace {

std::string seconds(std::uint64_t count, std::uint64_t per_second) {
    std::string text;
    append_seconds(text, count, per_second);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(format_test)

BOOST_AUTO_TEST_CASE(open_metrics_on_request) {
    for (const char* accept :
         {"application/openmetrics-text", "application/openmetrics-text; version=1.0.0",
          "application/openmetrics-text;version=1.0.0;charset=utf-8", "Application/OpenMetrics-Text",
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          "text/plain;q=0.5, application/openmetrics-text;q=0.6", "text/plain, application/openmetrics-text"})
        BOOST_TEST((preferred_format(accept) == format::open_metrics), accept);
}

BOOST_AUTO_TEST_CASE(classic_format_by_default) {
    for (const char* accept : {"", "*/*", "text/plain", "text/html,application/xhtml+xml", "application/json",
                               "application/openmetrics-text;q=0", "application/openmetrics-text; version=2.0.0",
                               "application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5",
                               "application/openmetrics-text;q=0.4,text/plain;q=0.5",
                               "application/openmetrics-text;q=x", ",;=,q", "\x80\xff"})
        BOOST_TEST((preferred_format(accept) == format::classic), accept);
}

BOOST_AUTO_TEST_CASE(seconds_are_exact) {
    BOOST_TEST(seconds(0, 1000) == "0");
    BOOST_TEST(seconds(1, 1000) == "0.001");
    BOOST_TEST(seconds(1000, 1000) == "1");
    BOOST_TEST(seconds(1500, 1000) == "1.5");
    BOOST_TEST(seconds(10, 1'000'000'000) == "0.00000001");
    BOOST_TEST(seconds(18446744073709551615U, 1'000'000'000) == "18446744073.709551615");
    BOOST_TEST(seconds(18446744073709551615U, 1000) == "18446744073709551.615");
}

BOOST_AUTO_TEST_CASE(label_values_are_unique_text) {
    BOOST_TEST(label_value("/srv/x") == "/srv/x");
    BOOST_TEST(label_value("/srv/caf\xc3\xa9") == "/srv/caf\xc3\xa9");
    BOOST_TEST(label_value("a\"b") == "a\\\"b");
    BOOST_TEST(label_value("a\\b") == "a\\\\\\\\b");
    BOOST_TEST(label_value("a\nb") == "a\\\\nb");
    BOOST_TEST(label_value("a\\nb") == "a\\\\\\\\nb");
    BOOST_TEST(label_value("caf\xe9") == "caf\\\\xe9");
    BOOST_TEST(label_value("caf\\xe9") == "caf\\\\\\\\xe9");
    std::set<std::string> values;
    for (int first = 1; first < 256; ++first) {
        for (int second = 1; second < 256; ++second)
            values.insert(label_value(std::string{static_cast<char>(first), static_cast<char>(second)}));
    }
    BOOST_TEST(values.size() == 255u * 255u);
}

BOOST_AUTO_TEST_SUITE_END()
