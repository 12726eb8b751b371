#pragma once

#include "kernel/mirror_world.hpp"
#include "support/request_relay.hpp"

#include <array>

namespace filemap::test {

/// Kinds of request in the life of a mirror.
constexpr auto all_that_come = [] {
    using enum ulog_request;
    return std::array{
        construct,       get_region_size, get_sync_count, resume, status_info, in_sync,    is_remote_recovering,
        get_resync_work, set_region_sync, mark,           flush,  clear,       presuspend, postsuspend,
        destroy};
}();

/// Runs a new mirror through its life, with a request of each kind.
inline void live(const mirror_shape& shape) {
    std::filesystem::remove("/run/logs/m.log");
    mapped_device mirror("m", shape.table());
    writers some(mirror_world::all_of(mirror, shape));
    BOOST_TEST(comes_in_sync("m"));
    BOOST_TEST(wait_until([&] { return some.writes() > 30; }, seconds{60}));
    // Write right after the resume and before a status: the kernel does not know yet that all regions are in sync.
    mirror.suspend();
    mirror.resume();
    const std::uint64_t before = some.writes();
    BOOST_TEST(wait_until([&] { return some.writes() > before + 30; }, seconds{60}));
    BOOST_TEST(some.stop().failures == 0U);
    mirror.replace(shape.table());
    mirror_world::legs_are_equal(shape);
    mirror.remove();
}

inline mirror_shape small_shape(const std::string& log) {
    mirror_shape shape = mirror_world::shape(log);
    shape.length = 32 * shape.region;
    return shape;
}

/// Server behind a relay.
struct relayed_mirror : mirror_world {
    relayed_mirror() : mirror_world(plain_server(), supervised_server::socket::not_kept) {
        server.pass(relay.server_end());
        server.start();
    }

    request_relay relay;
};

}  // namespace filemap::test
