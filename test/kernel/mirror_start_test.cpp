// Conditions under which the daemon refuses to start, and tables that it refuses.

#include "kernel/mirror_world.hpp"
#include "support/request_relay.hpp"

#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds patience{60};

/// The daemon exits at once with a message, and does not disturb the running one.
void refuses(supervised_server& server, std::vector<std::string> by, std::string_view reason) {
    BOOST_TEST_CONTEXT(reason) {
        server.run_by(std::move(by));
        const int before = server.times_logged(reason);
        server.launch();
        const auto status = server.wait_for_end(patience);
        BOOST_TEST(status.value_or(0) != 0);
        BOOST_TEST(server.times_logged(reason) > before, server.log());
        server.run_by({});
    }
}

BOOST_AUTO_TEST_SUITE(mirror_start)

BOOST_AUTO_TEST_CASE(missing_privileges_prevent_start) {
    mirror_world world(supervised_server::socket::not_kept);
    refuses(world.server, {"setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"}, "CAP_SYS_ADMIN");
    refuses(world.server, {"setpriv", "--bounding-set=-net_admin", "--inh-caps=-all"}, "CAP_NET_ADMIN");
    refuses(world.server, {"setpriv", "--reuid=65534", "--clear-groups"}, "CAP_SYS_ADMIN");
    refuses(world.server, {"unshare", "--user", "--map-root-user"}, "user namespace");
    refuses(world.server, {"unshare", "--net"}, "network namespace");
    // The kernel has found no listener.
    const int timed_out = times_in_kernel_log(kernel_timed_out);
    BOOST_TEST(run_program({"dmsetup", "create", "m", "--table", mirror_world::shape("core").table()}).status != 0);
    (void)run_program({"dmsetup", "remove", "m"});
    BOOST_TEST(times_in_kernel_log(kernel_timed_out) == timed_out);
    world.server.start();
    mapped_device mirror("m", mirror_world::shape("core").table());
    mirror_world::legs_are_equal(mirror_world::shape("core"));
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(running_server_prevents_start) {
    mirror_world world(supervised_server::socket::not_kept);
    world.server.start();
    const mirror_shape shape = mirror_world::shape("core");
    mapped_device mirror("m", shape.table());
    supervised_server second(mirror_server(), supervised_server::socket::not_kept);
    refuses(second, {}, std::to_string(world.server.pid()));
    mirror_world::legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(other_listener_prevents_start) {
    mirror_world world;
    const request_relay other;
    refuses(world.server, {}, std::to_string(::getpid()));
}

BOOST_AUTO_TEST_CASE(later_listener_is_logged) {
    mirror_world world;
    world.server.start();
    const request_relay other;
    const std::string warning = "process " + std::to_string(::getpid());
    const mirror_shape shape = mirror_world::shape("core");
    mapped_device mirror("m", shape.table());
    BOOST_TEST(world.server.logs_within(warning), world.server.log());
    mirror.suspend();
    mirror.resume();
    mirror_world::legs_are_equal(shape);
    BOOST_TEST(world.server.times_logged(warning) == 1, world.server.log());
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(log_on_own_mirror_is_refused) {
    mirror_world world;
    world.server.start();
    mirror_shape shape = mirror_world::shape("core");
    shape.options = "nosync";
    mapped_device mirror("m", shape.table());
    run_or_throw({"mkfs.ext4", "-qF", mirror.node()});
    run_or_throw({"mkdir", "-p", "/mnt/m"});
    run_or_throw({"mount", mirror.node(), "/mnt/m"});
    mirror_shape other;
    other.legs = {"/dev/ram2", "/dev/ram3"};
    other.uuid = "other";
    for (const std::string& log : {std::string("/mnt/m/other.log"), mirror.node()}) {
        other.log = "disk " + log;
        const int before = world.server.times_logged("refused");
        BOOST_TEST(run_program({"dmsetup", "create", "other", "--table", other.table()}).status != 0);
        BOOST_TEST(world.server.times_logged("refused") > before, world.server.log());
        (void)run_program({"dmsetup", "remove", "other"});
    }
    run_or_throw({"umount", "/mnt/m"});
    mirror.remove();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
