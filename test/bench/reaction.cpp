#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

#include <filemap/fs/extent_map.hpp>

#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr int tries = 100;
constexpr std::uint64_t piece = 64 * 1024;

enum class call { allocate, write_and_sync };

void perform(call what, int file, std::uint64_t offset) {
    static const std::string data(piece, 'x');
    const bool done =
        what == call::allocate
            ? ::fallocate(file, 0, static_cast<off_t>(offset), piece) == 0
            : ::pwrite(file, data.data(), piece, static_cast<off_t>(offset)) == piece && ::fdatasync(file) == 0;
    if (!done) fail("cannot grow the file");
}

std::uint64_t sectors_of(int file) {
    const auto extents = fs::read_extents(file);
    if (!extents) fail(extents.error().text());
    std::uint64_t sum = 0;
    for (const sector_range& range : fs::make_extent_map(*extents).ranges) sum += range.length.count();
    return sum;
}

void measure(const std::string& daemon, const std::string& file_system, call what, const std::string& name) {
    const test::scratch_device device("reaction", file_system, 400);
    const std::string path = device.path() + "/file";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    perform(call::allocate, file, 0);
    observed_device observed(path);
    const measured_daemon running(daemon, {}, {path});
    spin_until([&] { return observed.grouped_sectors() > 0; });

    std::minstd_rand random{1};
    std::uniform_real_distribution<double> quiet(0.4, 0.6);
    std::vector<double> reactions;
    for (int i = 1; i <= tries; ++i) {
        running.wait_until_quiet(0.3);
        pause_for(quiet(random) - 0.3);
        perform(what, file, static_cast<std::uint64_t>(i) * piece);
        const double done = now();
        const std::uint64_t wanted = sectors_of(file);
        {
            const lowest_priority while_waiting;
            spin_until([&] { return observed.grouped_sectors() == wanted; });
        }
        reactions.push_back(now() - done);
    }
    ::close(file);
    print_row({"reaction, " + name + ", " + file_system,
               "median " + milliseconds_text(quantile(reactions, 0.5)) + ", p99 " +
                   milliseconds_text(quantile(reactions, 0.99)),
               {},
               {}});
}

}  // namespace

void measure_reaction(const std::string& daemon) {
    for (const std::string file_system : {"ext4", "xfs"}) {
        measure(daemon, file_system, call::allocate, "fallocate");
        measure(daemon, file_system, call::write_and_sync, "write+fdatasync");
    }
}

}  // namespace filemap::bench
