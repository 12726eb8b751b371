// Resync in the order and at the rate of a configuration.

#include "kernel/mirror_world.hpp"

#include <chrono>

namespace filemap::test {
namespace {

constexpr int mebibytes_per_second = 8;

struct rate_limited : mirror_world {
    rate_limited()
        : mirror_world(mirror_server(milliseconds{200}, "[resync]\nrate = " + std::to_string(mebibytes_per_second) +
                                                            "\norder = \"descending\"\n"),
                       supervised_server::socket::kept) {
        server.start();
    }

    /// Minimum time to copy a number of regions.
    static std::chrono::duration<double> min_time(const mirror_shape& shape, std::uint64_t regions) {
        const auto bytes = static_cast<double>((regions - 1) * shape.region * 512);
        return std::chrono::duration<double>(bytes / (mebibytes_per_second * 1024.0 * 1024.0));
    }
};

BOOST_FIXTURE_TEST_SUITE(mirror_resync, rate_limited)

BOOST_AUTO_TEST_CASE(idle_mirror_resyncs_within_rate) {
    for (const std::string log : {"core", "disk"}) {
        mirror_shape shape = mirror_world::shape(log);
        shape.uuid = log;
        const auto begin = std::chrono::steady_clock::now();
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        BOOST_TEST((std::chrono::steady_clock::now() - begin >= min_time(shape, shape.regions())));
        mirror.remove();
    }
    BOOST_TEST(server.times_logged("is copied when the mirror is used") == 0, server.log());
}

BOOST_AUTO_TEST_CASE(resync_continues_after_kill_and_suspend) {
    const mirror_shape shape = mirror_world::shape("disk");
    mapped_device mirror("m", shape.table());
    BOOST_TEST(wait_until([&] { return status_of("m").in_sync > shape.regions() / 4; }, seconds{60}));
    server.restart();
    BOOST_TEST(wait_until([&] { return status_of("m").in_sync > shape.regions() / 2; }, seconds{60}));
    mirror.suspend();
    server.restart();
    mirror.resume();
    legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(mirror_in_use_resyncs) {
    const mirror_shape shape = mirror_world::shape("core");
    const auto begin = std::chrono::steady_clock::now();
    mapped_device mirror("m", shape.table());
    writers some(all_of(mirror, shape));
    BOOST_TEST(comes_in_sync("m"));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= min_time(shape, shape.regions())));
    BOOST_TEST(some.stop().failures == 0U);
    legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(waiting_mirror_can_be_removed) {
    const mirror_shape shape = mirror_world::shape("core");
    for (int i = 0; i < 10; ++i) {
        mapped_device mirror("m", shape.table());
        BOOST_TEST(wait_until([&] { return status_of("m").in_sync > static_cast<std::uint64_t>(i); }, seconds{20}));
        mirror.remove();
    }
    mapped_device mirror("m", shape.table());
    legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
