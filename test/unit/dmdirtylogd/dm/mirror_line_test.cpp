#include "dmdirtylogd/dm/mirror_line.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace dmdirtylogd;

}  // namespace

BOOST_AUTO_TEST_SUITE(mirror_line_suite)

BOOST_AUTO_TEST_CASE(legs_follow_log_in_line) {
    const mirror_line two{"m1", {"1:0", "254:3"}};
    BOOST_TEST((parse_mirror_line("userspace 3 m1 core 1024 2 1:0 0 254:3 2048") == two));
    BOOST_TEST(
        (parse_mirror_line("userspace 6 m1 integrated_flush disk 2 64 nosync 2 1:0 0 254:3 0 1 handle_errors") == two));
    for (const char* other :
         {"core 1 1024 2 1:0 0 1:1 0", "", "userspace", "userspace x m1", "userspace 3 m1 core 1024",
          "userspace 3 m1 core 1024 2 1:0 0", "userspace 0 2 1:0 0 1:1 0"})
        BOOST_TEST(!parse_mirror_line(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
