// Random changes of many files, with kills of the daemons, until the time is up; runs as root inside User-Mode Linux.
// See packaging/soak.
#include "soak/soak_world.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>

namespace {

using namespace filemap::test;

constexpr std::size_t files = 20;
// Between two quiet points.
constexpr unsigned bursts = 10, changes_in_burst = 20;
constexpr unsigned changes_between_readings = 4;
constexpr seconds time_limit{60};

struct totals {
    unsigned rounds = 0;
    unsigned changes = 0;
    unsigned kills = 0;
    std::uint64_t first_resident = 0;
    std::uint64_t max_resident = 0;
};

bool run(const std::string& file_system, seconds how_long, unsigned min_kills, unsigned seed) {
    soak_world world(file_system, files, seed);
    std::mt19937 random(seed + 1);
    const auto end = std::chrono::steady_clock::now() + how_long;
    totals all;
    soak_world::finding found;
    const reported_totals& totals = world.totals();
    while (found.clean() && totals.went_down() == 0 &&
           (std::chrono::steady_clock::now() < end || all.kills < min_kills)) {
        for (unsigned burst = 0; burst < bursts; ++burst) {
            const auto changes = static_cast<unsigned>(1 + random() % changes_in_burst);
            for (unsigned i = 0; i < changes; ++i) {
                world.change_something();
                if (i % changes_between_readings == 0) world.read_counters();
            }
            all.changes += changes;
            if (random() % 2 == 0) continue;
            world.kill_and_restart();
            ++all.kills;
            // Mostly the next changes come before the service has reported anything.
            if (random() % 4 == 0) world.await_reading(time_limit);
        }
        found = world.refresh_when_quiet(time_limit);
        const std::uint64_t resident = world.resident();
        if (++all.rounds == 1) all.first_resident = resident;
        all.max_resident = std::max(all.max_resident, resident);
    }
    std::printf(
        "%s, seed %u: %u quiet points after %u changes and %u kills: %zu files out of sync, %zu regions leaked, "
        "%zu double groups, %zu counts lost, %zu files not reported; the daemons resident %llu KiB at first, at most "
        "%llu\n"
        "counters reported by the service: %zu readings, %zu went down\n%s%s",
        file_system.c_str(), seed, all.rounds, all.changes, all.kills, found.out_of_sync, found.leaked_regions,
        found.double_groups, found.lost_counts, found.unreported, static_cast<unsigned long long>(all.first_resident),
        static_cast<unsigned long long>(all.max_resident), totals.readings(), totals.went_down(), found.details.c_str(),
        totals.details().c_str());
    return found.clean() && totals.went_down() == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: soak FILESYSTEM SECONDS LEAST_KILLS [SEED]\n");
        return 2;
    }
    try {
        const unsigned seed = argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : std::random_device{}();
        std::printf("seed %u\n", seed);
        std::fflush(stdout);
        return run(argv[1], seconds(std::stol(argv[2])), static_cast<unsigned>(std::stoul(argv[3])), seed) ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "soak: %s\n", e.what());
        return 1;
    }
}
