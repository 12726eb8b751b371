#include "netlink/connector_socket.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(connector_socket_suite)

BOOST_AUTO_TEST_CASE(listeners_exclude_kernel_and_other_groups) {
    const std::string_view table =
        "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
        "0000000000000000 0   1234       00000040 0        0        0     2        0        100\n"
        "0000000000000000 11  0          00000040 0        0        0     2        0        101\n"
        "0000000000000000 11  4242       00000040 0        0        0     2        0        102\n"
        "0000000000000000 11  4243       00000001 0        0        0     2        0        103\n"
        "0000000000000000 11  4294963201 00000041 0        0        0     2        0        104\n";
    BOOST_TEST((connector_listeners(table) == std::vector<connector_listener>{{4242, 102}, {4294963201, 104}}));
}

BOOST_AUTO_TEST_CASE(kernel_socket_marks_initial_namespace) {
    BOOST_TEST(is_connectors_namespace(
        "0000000000000000 11  0          00000000 0        0        0     2        0        101\n"));
    BOOST_TEST(!is_connectors_namespace(
        "0000000000000000 0   0          00000000 0        0        0     2        0        9\n"));
    BOOST_TEST(!is_connectors_namespace(
        "0000000000000000 11  4242       00000040 0        0        0     2        0        7\n"));
}

BOOST_AUTO_TEST_CASE(truncated_table_yields_complete_lines) {
    BOOST_TEST(connector_listeners("").empty());
    BOOST_TEST(connector_listeners("\n\n").empty());
    BOOST_TEST(connector_listeners("0000000000000000 11  4242       ").empty());
    BOOST_TEST(connector_listeners("0000000000000000 11  4242       x").empty());
    BOOST_TEST(connector_listeners("0000000000000000 11  4242       00000040").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
