#include <filemap/units.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

#include <sys/sysmacros.h>

namespace filemap {
namespace {

BOOST_AUTO_TEST_SUITE(units_suite)

static_assert(!std::is_convertible_v<sectors, bytes> && !std::is_convertible_v<std::uint64_t, sectors>);
static_assert(!std::is_convertible_v<region_id, group_id> && !std::is_constructible_v<region_id, group_id>);

BOOST_AUTO_TEST_CASE(quantities_add_subtract_compare) {
    sectors n{5};
    n += sectors{7};
    n -= sectors{2};
    BOOST_TEST((n == sectors{10} && n + sectors{1} == sectors{11} && n - sectors{1} < n));
    BOOST_TEST(sectors{}.count() == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_round_down_to_sectors) {
    BOOST_TEST((to_bytes(sectors{3}) == bytes{1536}));
    BOOST_TEST((to_sectors(bytes{1535}) == sectors{2} && to_sectors(bytes{1536}) == sectors{3}));
}

BOOST_AUTO_TEST_CASE(range_contains_itself_and_parts) {
    const sector_range range{sectors{10}, sectors{5}};
    BOOST_TEST((range.end() == sectors{15}));
    BOOST_TEST(range.contains(range));
    BOOST_TEST(range.contains({sectors{14}, sectors{1}}));
    BOOST_TEST(!range.contains({sectors{14}, sectors{2}}));
    BOOST_TEST(!range.contains({sectors{9}, sectors{2}}));
    BOOST_TEST(to_string(range) == "10+5");
}

BOOST_AUTO_TEST_CASE(group_id_is_leader_id) {
    BOOST_TEST((group_led_by(region_id{7}) == group_id{7} && leader_of(group_id{7}) == region_id{7}));
}

BOOST_AUTO_TEST_CASE(device_has_both_numbers) {
    const device_id device{254, 300};
    BOOST_TEST((device == device_id{gnu_dev_makedev(254, 300)} && device_id{device.number()} == device));
    BOOST_TEST((device_id{254, 1} < device && device != device_id{253, 300} && device_id{} == device_id{0, 0}));
    BOOST_TEST(to_string(device) == "254:300");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
