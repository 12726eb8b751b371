#include <filemap/dm/control_node.hpp>

#include <boost/test/unit_test.hpp>

using namespace filemap;
using dm::control_node;

BOOST_AUTO_TEST_SUITE(control_node_opening)

BOOST_AUTO_TEST_CASE(missing_node_is_enoent) {
    const auto node = control_node::open("/dev/mapper/no-such-node");
    BOOST_REQUIRE(node.has_error());
    BOOST_TEST(node.error().code == boost::system::errc::no_such_file_or_directory);
    BOOST_TEST(node.error().context == "open /dev/mapper/no-such-node");
}

BOOST_AUTO_TEST_CASE(other_device_is_rejected) {
    const auto node = control_node::open("/dev/null");
    BOOST_REQUIRE(node.has_error());
    BOOST_TEST(node.error().code == boost::system::errc::inappropriate_io_control_operation);
}

BOOST_AUTO_TEST_SUITE_END()
