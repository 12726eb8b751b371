// Loses the answer to each kind of request; the kernel repeats the request after 15 s.

#include "kernel/relayed_mirror.hpp"

#include <atomic>

namespace filemap::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(mirror_answers, relayed_mirror)

BOOST_AUTO_TEST_CASE(lost_answer_is_repeated) {
    for (const ulog_request victim : all_that_come) {
        std::atomic<int> lost{0};
        relay.set({[&](request_relay::way direction, ulog_request what) {
                       if (direction != request_relay::way::answered || what != victim || lost > 0) return true;
                       ++lost;
                       return false;
                   },
                   {}});
        BOOST_TEST_CONTEXT("request " << static_cast<unsigned>(victim)) {
            const int timed_out = times_in_kernel_log(kernel_timed_out);
            live(small_shape("disk"));
            BOOST_TEST(lost == 1);
            BOOST_TEST(times_in_kernel_log(kernel_timed_out) == timed_out + 1);
        }
        relay.set({});
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
