// Each kind of request: the server is killed by it, or its answer is lost.

#include "common/request_relay.hpp"
#include "kernel/mirror_world.hpp"

#include <atomic>
#include <cstdlib>

namespace filemap::test {
namespace {

using enum ulog_request;

constexpr ulog_request all_that_come[] = {
    construct,       get_region_size, get_sync_count, resume, status_info, in_sync,    is_remote_recovering,
    get_resync_work, set_region_sync, mark,           flush,  clear,       presuspend, postsuspend,
    destroy};

/// The life of a mirror that is new, with a request of each kind.
void live(const mirror_shape& shape) {
    std::filesystem::remove("/run/logs/m.log");
    mapped_device mirror("m", shape.table());
    writers some(mirror_world::all_of(mirror, shape));
    BOOST_TEST(comes_in_sync("m"));
    BOOST_TEST(wait_until([&] { return some.writes() > 30; }, seconds{60}));
    // Written to when it is resumed, before its status is asked for: nobody told the kernel yet that all is in sync.
    mirror.suspend();
    mirror.resume();
    const std::uint64_t before = some.writes();
    BOOST_TEST(wait_until([&] { return some.writes() > before + 30; }, seconds{60}));
    BOOST_TEST(some.stop().failures == 0U);
    mirror.replace(shape.table());
    mirror_world::legs_are_equal(shape);
    mirror.remove();
}

mirror_shape small_shape(const std::string& log) {
    mirror_shape shape = mirror_world::shape(log);
    shape.length = 32 * shape.region;
    return shape;
}

struct relayed : mirror_world {
    relayed() : mirror_world(plain_server(), supervised_server::socket::not_kept) {
        server.pass(relay.server_end());
        server.start();
    }

    request_relay relay;
};

BOOST_FIXTURE_TEST_SUITE(mirror_requests, relayed)

enum class moment { before_it_is_received, after_it_was_sent, after_it_was_answered };

BOOST_AUTO_TEST_CASE(killed_at_a_request_of_any_kind_it_goes_on_and_the_kernel_notices_nothing) {
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

// The kernel asks again after 15 s. FILEMAP_ALL_ANSWERS has each kind lost.
BOOST_AUTO_TEST_CASE(an_answer_that_is_lost_is_given_again) {
    for (const ulog_request victim : all_that_come) {
        if (std::getenv("FILEMAP_ALL_ANSWERS") == nullptr && victim != flush) continue;
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
