// Kills servers while a mirror is written to or copied. FILEMAP_KILLS is the number of kills of each kind.

#include "kernel/mirror_world.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

namespace filemap::test {
namespace {

constexpr unsigned usual_kills = 4;

unsigned number_from(const char* name, unsigned otherwise) {
    const char* const text = std::getenv(name);
    return text != nullptr ? static_cast<unsigned>(std::atoi(text)) : otherwise;
}

unsigned kills() {
    return number_from("FILEMAP_KILLS", usual_kills);
}

/// Ways in which the server restarts.
enum class restart { quick, slow };

struct figures {
    unsigned kills = 0;
    std::vector<milliseconds> stalls;
    /// Duration of a write while the server lives.
    milliseconds otherwise{0};

    void print(const std::string& what) {
        std::ranges::sort(stalls);
        std::printf("%s: %u kills, longest write over a kill %ld ms at the median, %ld ms at most; else %ld ms\n",
                    what.c_str(), kills, static_cast<long>(stalls[stalls.size() / 2].count()),
                    static_cast<long>(stalls.back().count()), static_cast<long>(otherwise.count()));
        std::fflush(stdout);
    }
};

/// Kills the server at random moments during writes.
figures kill_among_writes(supervised_server& server, writers& some, restart how, unsigned times, unsigned seed) {
    std::mt19937 random(seed);
    figures found;
    for (; found.kills < times; ++found.kills) {
        const std::uint64_t before = some.writes();
        const std::uint64_t wanted = 1 + random() % 400;
        BOOST_TEST(wait_until([&] { return some.writes() >= before + wanted; }, seconds{60}));
        found.otherwise = std::max(found.otherwise, some.longest());
        server.kill();
        // The test varies this time.
        if (how == restart::slow) std::this_thread::sleep_for(milliseconds(500 + random() % 2500));
        server.start();
        const std::uint64_t then = some.writes();
        BOOST_TEST(wait_until([&] { return some.writes() > then + 4; }, seconds{60}));
        found.stalls.push_back(some.longest());
    }
    return found;
}

void kill_and_refresh(const std::string& log, bool integrated, supervised_server::socket handling, restart how,
                      unsigned times) {
    const unsigned seed = number_from("FILEMAP_SEED", 1);
    mirror_world world(handling);
    world.server.start();
    mirror_shape shape = mirror_world::shape(log);
    shape.integrated = integrated;
    const std::string what = log + (integrated ? " integrated_flush, socket " : ", socket ") +
                             (handling == supervised_server::socket::kept ? "kept, " : "lost, ") +
                             (how == restart::quick ? "quick" : "slow");
    BOOST_TEST_CONTEXT(what << ", FILEMAP_SEED=" << seed) {
        const mapped_device slow("slow", slow_writes(shape.legs[1], milliseconds{10}));
        shape.legs[1] = slow.node();
        mapped_device mirror("m", shape.table());
        const int timed_out = times_in_kernel_log(kernel_timed_out),
                  alone = times_in_kernel_log(kernel_found_no_server);
        // The first half of the kills happens during the resync.
        writers some(mirror_world::all_of(mirror, shape));
        figures found = kill_among_writes(world.server, some, how, times, seed);
        found.print(what);
        const written all = some.stop();
        BOOST_TEST(all.failures == 0U);
        BOOST_TEST(comes_in_sync("m"));
        BOOST_TEST(differing_regions(shape.legs[0], shape.legs[1], shape).empty());
        if (handling == supervised_server::socket::kept) {
            // The kernel has noticed no kill.
            BOOST_TEST(times_in_kernel_log(kernel_timed_out) == timed_out, world.server.log());
            BOOST_TEST(times_in_kernel_log(kernel_found_no_server) == alone, world.server.log());
        }
        // The log is exact: all regions are in sync, and no work is left.
        mirror.suspend();
        mirror.resume();
        BOOST_TEST(status_of("m").in_sync == shape.regions());
        mirror.remove();
    }
}

BOOST_AUTO_TEST_SUITE(mirror_kills)

BOOST_AUTO_TEST_CASE(kill_with_kept_socket_is_unnoticed) {
    for (const std::string log : {"core", "disk"})
        for (const bool integrated : {false, true})
            kill_and_refresh(log, integrated, supervised_server::socket::kept, restart::quick, kills());
}

BOOST_AUTO_TEST_CASE(slow_restart_with_kept_socket_continues) {
    for (const std::string log : {"core", "disk"})
        kill_and_refresh(log, false, supervised_server::socket::kept, restart::slow, std::max(2U, kills() / 2));
}

BOOST_AUTO_TEST_CASE(kill_with_lost_socket_reconnects) {
    for (const std::string log : {"core", "disk"})
        for (const restart how : {restart::quick, restart::slow}) {
            // Each kill takes up to 17 s.
            if (kills() <= usual_kills && (log == "core") != (how == restart::quick)) continue;
            kill_and_refresh(log, log == "disk", supervised_server::socket::not_kept, how, std::max(1U, kills() / 6));
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
