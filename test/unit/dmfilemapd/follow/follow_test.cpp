#include "dmfilemapd/follow/follow.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

struct thread_case {
    const char* name;
    unsigned files;
    unsigned devices;
    std::size_t threads;
};

constexpr thread_case thread_cases[] = {
    {"one_file", 1, 1, 1},
    {"files_on_one_device_take_turns", 1000, 1, 1},
    {"each_device_has_its_own", 10, 5, 5},
    {"as_many_devices_as_threads", 16, 16, 16},
    {"more_devices_share", 1000, 500, 16},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(run_test)

BOOST_AUTO_TEST_CASE(thread_count_is_bounded) {
    for (const thread_case& c : thread_cases) {
        BOOST_TEST_CONTEXT(c.name) {
            std::vector<dmfilemapd::checked_file> files(c.files);
            for (unsigned i = 0; i < c.files; ++i) files[i].device = {253, i % c.devices};
            BOOST_TEST(dmfilemapd::blocking_threads(files) == c.threads);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
