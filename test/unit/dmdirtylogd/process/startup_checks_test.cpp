#include "dmdirtylogd/process/startup_checks.hpp"

#include "common/cli/startup_error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace dmdirtylogd;

const std::string kernels_own =
    "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n"
    "0000000000000000 11  0          00000000 0 0 0 2 0 10\n";
const std::string listener = "0000000000000000 11  4294963201 00000040 0 0 0 2 0 999999999\n";

std::string refusal_of(const std::string& table, unsigned long own) {
    try {
        require_connector_in(table, own);
    } catch (const app::startup_error& why) {
        return why.what();
    }
    return "(accepted)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(startup_checks_suite)

BOOST_AUTO_TEST_CASE(other_listener_or_namespace_is_refused) {
    BOOST_TEST(refusal_of(kernels_own, 0) == "(accepted)");
    BOOST_TEST(refusal_of(kernels_own + listener, 999999999) == "(accepted)");
    BOOST_TEST(refusal_of(kernels_own + listener, 7).find("port 4294963201") != std::string::npos);
    BOOST_TEST(refusal_of(listener, 999999999).find("network namespace") != std::string::npos);
    BOOST_TEST(refusal_of("", 0).find("network namespace") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
