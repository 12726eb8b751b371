#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

#include <cstdio>
#include <optional>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr int pairs = 12;
constexpr double a_run = 5;
constexpr std::uint64_t piece = 64 * 1024, largest = std::uint64_t{128} << 20;
// So that space is allocated at the pace of writing, and not when the kernel gets round to it.
constexpr std::uint64_t synced_each = std::uint64_t{1} << 20;

// Appends at full speed, from nothing again when the file is large. @return Bytes a second.
double written_a_second(int file) {
    static const std::string data(piece, 'x');
    if (::ftruncate(file, 0) != 0) fail("ftruncate");
    std::uint64_t written = 0;
    const double begin = now();
    while (now() < begin + a_run) {
        const std::uint64_t at = written % largest;
        if (at == 0 && ::ftruncate(file, 0) != 0) fail("ftruncate");
        if (::pwrite(file, data.data(), piece, static_cast<off_t>(at)) != ssize_t{piece}) fail("write");
        written += piece;
        if (written % synced_each == 0 && ::fdatasync(file) != 0) fail("fdatasync");
    }
    return static_cast<double>(written) / (now() - begin);
}

void measure(const std::string& daemon, const std::string& file_system) {
    const test::scratch_device device("writer", file_system, 400);
    const std::string path = device.path() + "/file";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) fail("open " + path);
    observed_device observed(path);
    std::ignore = written_a_second(file);
    std::vector<double> with, without, ratios;
    for (int i = 0; i < pairs; ++i) {
        // Alternates the order of each pair.
        for (const bool followed : {i % 2 == 0, i % 2 != 0}) {
            std::optional<measured_daemon> running;
            if (followed) {
                running.emplace(daemon, std::vector<std::string>{}, std::vector<std::string>{path});
                spin_until([&] {
                    pause_for(0.02);
                    return observed.grouped_sectors() > 0;
                });
            }
            (followed ? with : without).push_back(written_a_second(file));
            running.reset();
            observed.delete_all();
        }
        ratios.push_back(with.back() / without.back());
    }
    ::close(file);
    char figure[64], floor[64];
    std::snprintf(figure, sizeof figure, "median %.1f MiB/s", quantile(with, 0.5) / (1 << 20));
    std::snprintf(floor, sizeof floor, "%.1f", quantile(without, 0.5) / (1 << 20));
    print_row({"a writer that allocates, followed / not, " + file_system, figure, floor,
               ratio_text(quantile(ratios, 0.5), 1)});
}

}  // namespace

void measure_writer(const std::string& daemon) {
    for (const std::string file_system : {"ext4", "xfs"}) measure(daemon, file_system);
}

}  // namespace filemap::bench
