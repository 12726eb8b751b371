// Mirrors whose server is missing, stopped, or loses an answer.

#include "kernel/mirror_world.hpp"

#include <signal.h>

namespace filemap::test {
namespace {

constexpr seconds patience{60};

BOOST_AUTO_TEST_SUITE(mirror_absence)

BOOST_AUTO_TEST_CASE(creation_without_server_fails) {
    const mirror_world world;
    const program_result refused =
        run_program({"dmsetup", "create", "m", "--table", mirror_world::shape("core").table()});
    BOOST_TEST(refused.status != 0);
    BOOST_TEST(refused.status != 124);
}

BOOST_AUTO_TEST_CASE(requests_without_server_wait) {
    for (const std::string log : {"core", "disk"}) {
        mirror_world world(supervised_server::socket::not_kept);
        world.server.start();
        const mirror_shape shape = mirror_world::shape(log);
        mapped_device mirror("m", shape.table());
        mirror_world::legs_are_equal(shape);
        // Each process waits in the kernel for a server.
        for (const std::vector<std::string>& command :
             {std::vector<std::string>{"dmsetup", "status", "m"},
              {"dd", "if=/dev/zero", "of=/dev/mapper/m", "bs=4096", "count=1", "seek=7", "oflag=direct"}})
            BOOST_TEST_CONTEXT(command[0] << ' ' << command[1]) {
                world.server.kill();
                const int alone = times_in_kernel_log(kernel_found_no_server);
                background_program asking(command);
                BOOST_TEST(wait_until([&] { return times_in_kernel_log(kernel_found_no_server) > alone; }, patience));
                world.server.start();
                BOOST_TEST(asking.wait_for_end(patience).value_or(-1) == 0, asking.printed());
                BOOST_TEST(status_of("m").in_sync == shape.regions());
            }
        // Suspend and resume work without a server. The next server continues with the mirror's state.
        world.server.kill();
        background_program suspending({"dmsetup", "suspend", "m"});
        (void)suspending.wait_for_end(seconds{3});
        world.server.start();
        if (suspending.pid() > 0) BOOST_TEST(suspending.wait_for_end(patience).value_or(-1) == 0);
        world.server.kill();
        mirror.resume();
        world.server.start();
        writers some(mirror_world::all_of(mirror, shape));
        BOOST_TEST(wait_until([&] { return some.writes() > 50; }, patience));
        BOOST_TEST(some.stop().failures == 0U);
        mirror_world::legs_are_equal(shape);
        // Removed without a server.
        world.server.kill();
        background_program removing({"dmsetup", "remove", "m"});
        (void)removing.wait_for_end(seconds{3});
        world.server.start();
        if (removing.pid() > 0) BOOST_TEST(removing.wait_for_end(patience).value_or(-1) == 0, removing.printed());
        BOOST_TEST(run_program({"dmsetup", "info", "m"}).status != 0);
    }
}

BOOST_AUTO_TEST_CASE(stopped_server_is_asked_again) {
    mirror_world world;
    world.server.start();
    const mirror_shape shape = mirror_world::shape("disk");
    mapped_device mirror("m", shape.table());
    mirror_world::legs_are_equal(shape);
    const int timed_out = times_in_kernel_log(kernel_timed_out);
    writers some(mirror_world::all_of(mirror, shape));
    BOOST_TEST(wait_until([&] { return some.writes() > 50; }, patience));
    world.server.signal(SIGSTOP);
    BOOST_TEST(wait_until([&] { return times_in_kernel_log(kernel_timed_out) > timed_out; }, patience));
    world.server.signal(SIGCONT);
    const std::uint64_t before = some.writes();
    BOOST_TEST(wait_until([&] { return some.writes() > before + 50; }, patience));
    BOOST_TEST(some.stop().failures == 0U);
    mirror_world::legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(removal_without_server_leaves_no_state) {
    mirror_world world(supervised_server::socket::not_kept);
    world.server.start();
    const mirror_shape shape = mirror_world::shape("core");
    mapped_device first("m", shape.table());
    mirror_world::legs_are_equal(shape);
    first.suspend();
    world.server.kill();
    first.remove();
    fill_device("/dev/ram1", shape.length, 7);
    world.server.start();
    mapped_device again("m", shape.table());
    mirror_world::legs_are_equal(shape);
    again.remove();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
