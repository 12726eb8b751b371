// One boot of the power-cut test: checks and copies the state after the previous cut, writes, and is cut off. Runs as
// root inside User-Mode Linux, on the same disks each time; see test/soak/mirror-power-cuts.
//
//   mirror-power-cut file|device plain|integrated CASE first|cut|last SEED
//
// CASE is "durable"; "forgetful", with a server that makes no mark durable; "volatile", with a leg that keeps what it
// took in memory until it is flushed; or "unflushed", where the server does not know of that leg.
//
// Exit status 0 after the last look, 3 if a region differed that was not dirty in the log, 4 if what was copied was not
// what was dirty, 5 if the legs differed afterwards, 1 for all else.
#include "storage/journal.hpp"
#include "support/mirror.hpp"
#include "support/mirror_servers.hpp"
#include "support/writers.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

namespace {

using namespace filemap::test;

constexpr char first_disk[] = "/dev/ubda", second_leg[] = "/dev/ubdb", log_disk[] = "/dev/ubdc";
constexpr std::uint64_t window = 32 * 128;
constexpr milliseconds slow_write{20}, clear_delay{200};
constexpr unsigned threads = 8;

struct arguments {
    bool on_device = false, integrated = false;
    std::string which;
    std::string turn;
    unsigned seed = 0;
};

enum outcome { fine = 0, lost_region = 3, copied_others = 4, legs_differ = 5 };

// Writes to a loop device stay in the page cache until a flush.
std::string first_leg(const arguments& given) {
    if (given.which != "volatile" && given.which != "unflushed") return first_disk;
    std::string node = run_or_throw({"losetup", "--find", "--show", first_disk});
    return node.substr(0, node.find('\n'));
}

mirror_shape shape_of(const arguments& given) {
    mirror_shape shape;
    shape.legs = {first_leg(given), "/dev/mapper/slow"};
    shape.length = size_of_device(shape.legs[0]);
    shape.log = given.on_device ? std::string("disk ") + log_disk : "disk /mnt/log/m.log";
    // nosync: the legs are equal at first, so no copy is needed. The option must not affect dirty regions later.
    shape.options = std::string("nosync leg=") + second_leg;
    if (given.which != "unflushed") shape.options += " leg=" + shape.legs[0];
    shape.integrated = given.integrated;
    return shape;
}

/// The regions that are dirty in the log as it lies there.
std::set<std::uint64_t> dirty_regions(const std::string& path, const mirror_shape& shape) {
    auto file = dirtylog::open_log_storage(path);
    if (!file) throw std::runtime_error(file.error().text());
    dirtylog::journal journal(**file);
    const auto state = journal.refresh();
    if (!state || *state != dirtylog::journal_state::whole) throw std::runtime_error("no log in " + path);
    auto bits = journal.read();
    if (!bits) throw std::runtime_error(bits.error().text());
    std::set<std::uint64_t> found;
    const dirtylog::bitmap dirty(dirtylog::region_count{shape.regions()}, bits->dirty);
    for (std::uint64_t i = 0; i < shape.regions(); ++i)
        if (dirty.test(dirtylog::region{i})) found.insert(i);
    return found;
}

/// @return The error found, or `fine`.
outcome inspect_and_copy(const arguments& given, const mirror_shape& shape, supervised_server& server) {
    std::vector<std::uint64_t> differing;
    std::set<std::uint64_t> dirty;
    if (given.turn != "first") {
        differing = differing_regions(shape.legs[0], second_leg, shape);
        dirty = dirty_regions(given.on_device ? log_disk : "/mnt/log/m.log", shape);
    }
    const auto lost = std::ranges::count_if(differing, [&](std::uint64_t each) { return !dirty.contains(each); });
    const std::uint64_t before = sectors_written(second_leg);
    server.start();
    run_or_throw({"dmsetup", "create", "m", "--table", shape.table()});
    if (!comes_in_sync("m")) throw std::runtime_error("it does not come in sync: " + server.log());
    const std::uint64_t copied = (sectors_written(second_leg) - before) / shape.region;
    const bool are_equal = differing_regions(shape.legs[0], second_leg, shape).empty();
    if (given.turn != "first") {
        std::printf("differing %zu, dirty %zu of %lu, lost %ld, copied %lu, legs %s\n", differing.size(), dirty.size(),
                    shape.regions(), static_cast<long>(lost), copied, are_equal ? "equal" : "DIFFER");
        std::fflush(stdout);
        if (lost > 0) return lost_region;
        if (copied != dirty.size()) return copied_others;
    }
    return are_equal ? fine : legs_differ;
}

/// Writes, with a kill of the server or without, and then the machine is off.
[[noreturn]] void write_until_cut_off(const arguments& given, const mirror_shape& shape, supervised_server& server) {
    // Everything is clean on disk, and not merely in memory.
    run_or_throw({"dmsetup", "suspend", "m"});
    run_or_throw({"dmsetup", "resume", "m"});
    ::sync();
    std::mt19937 random(given.seed);
    const writers some({.node = "/dev/mapper/m",
                        .length = shape.length,
                        .region = shape.region,
                        .threads = threads,
                        .seed = given.seed,
                        .window = window});
    std::ofstream power("/proc/sysrq-trigger");
    const auto pause = [&random](unsigned most) { std::this_thread::sleep_for(milliseconds(50 + random() % most)); };
    pause(2000);
    if (given.which != "forgetful" && random() % 2 == 0) {
        server.restart();
        pause(500);
    }
    power << 'b' << std::flush;
    std::abort();
}

outcome run(const arguments& given) {
    make_mirrors_possible();
    run_or_throw({"mkdir", "-p", "/mnt/log"});
    if (!given.on_device) run_or_throw({"mount", "-t", "ext4", log_disk, "/mnt/log"});
    const mirror_shape shape = shape_of(given);
    supervised_server server(given.which == "forgetful" ? forgetful_server(clear_delay) : mirror_server(clear_delay),
                             supervised_server::socket::kept);
    mapped_device slow("slow", slow_writes(second_leg, slow_write));
    if (const outcome wrong = inspect_and_copy(given, shape, server); wrong != fine) std::_Exit(wrong);
    if (given.turn != "last") write_until_cut_off(given, shape, server);
    run_or_throw({"dmsetup", "remove", "m"});
    return fine;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr,
                     "usage: mirror-power-cut file|device plain|integrated "
                     "durable|forgetful|volatile|unflushed first|cut|last SEED\n");
        return 2;
    }
    const auto is = [argv](int which, std::string_view word) { return argv[which] == word; };
    try {
        return run({.on_device = is(1, "device"),
                    .integrated = is(2, "integrated"),
                    .which = argv[3],
                    .turn = argv[4],
                    .seed = static_cast<unsigned>(std::atoi(argv[5]))});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "mirror-power-cut: %s\n", e.what());
        return 1;
    }
}
