// Kills the server on each kind of request.

#include "kernel/relayed_mirror.hpp"

#include <atomic>

namespace filemap::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(mirror_requests, relayed_mirror)

enum class moment { before_it_is_received, after_it_was_sent, after_it_was_answered };

BOOST_AUTO_TEST_CASE(kill_at_any_request_is_unnoticed) {
    const int timed_out = times_in_kernel_log(kernel_timed_out);
    for (const std::string log : {"core", "disk"})
        for (const ulog_request victim : all_that_come)
            for (const moment when :
                 {moment::before_it_is_received, moment::after_it_was_sent, moment::after_it_was_answered}) {
                std::atomic<int> kills{0};
                const auto kill_once = [&](request_relay::way direction, ulog_request what, bool is_after) {
                    const bool is_answer = direction == request_relay::way::answered;
                    if (what != victim || kills > 0 || is_answer != (when == moment::after_it_was_answered) ||
                        is_after != (when != moment::before_it_is_received))
                        return;
                    ++kills;
                    server.restart();
                };
                relay.set({[&](request_relay::way direction, ulog_request what) {
                               kill_once(direction, what, false);
                               return true;
                           },
                           [&](request_relay::way direction, ulog_request what) { kill_once(direction, what, true); }});
                BOOST_TEST_CONTEXT(log << ", request " << static_cast<unsigned>(victim) << ", moment "
                                       << static_cast<int>(when)) {
                    live(small_shape(log));
                    BOOST_TEST(kills == 1);
                    BOOST_TEST(times_in_kernel_log(kernel_timed_out) == timed_out, server.log());
                }
                relay.set({});
            }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
