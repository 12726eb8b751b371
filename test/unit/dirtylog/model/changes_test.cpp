#include "model/tracking.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(changes_suite)

BOOST_AUTO_TEST_CASE(changes_are_runs_of_sectors) {
    const geometry shape{sectors{1000}, sectors{8}};
    bit_words words(2);
    BOOST_TEST(changes_from(shape, words).ranges.empty());
    const bitmap bits(shape.regions(), words);
    for (const std::uint64_t i : {0u, 1u, 63u, 64u, 65u, 124u}) bits.set(region{i});
    const changes found = changes_from(shape, words);
    std::string text;
    for (const sector_range& each : found.ranges) text += to_string(each) + ' ';
    BOOST_TEST(text == "0+16 504+24 992+8 ");
    BOOST_TEST(found.total.count() == 48u);
    bits.fill(true);
    BOOST_TEST((changes_from({sectors{997}, sectors{8}}, words).ranges ==
                std::vector<sector_range>{{sectors{0}, sectors{997}}}));
    BOOST_TEST(all_of(shape).everything);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
