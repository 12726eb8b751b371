#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "counters/carried_counters.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr std::uint64_t block = 4096, blocks = 512;

// Writes to the even blocks with O_DIRECT until stopped, and counts the writes.
class writer {
public:
    explicit writer(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC)) {
        if (file_ < 0) fail("open " + path);
        thread_ = std::thread([this] { run(); });
    }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    ~writer() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
        ::close(file_);
    }

    [[nodiscard]] std::uint64_t stop() {
        stop_ = true;
        thread_.join();
        if (failed_) fail("write");
        return written_;
    }

private:
    void run() {
        const std::unique_ptr<void, decltype(&std::free)> data(std::aligned_alloc(block, block), &std::free);
        std::minstd_rand random{1};
        while (!stop_) {
            const auto at = static_cast<off_t>(random() % (blocks / 2) * 2 * block);
            if (::pwrite(file_, data.get(), block, at) != ssize_t{block}) {
                failed_ = true;
                return;
            }
            ++written_;
        }
    }

    int file_;
    std::atomic<bool> stop_ = false;
    bool failed_ = false;
    std::uint64_t written_ = 0;
    std::thread thread_;
};

std::uint64_t counted(observed_device& observed) {
    std::uint64_t writes = 0;
    const auto list = observed.statistics().list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    for (const dm::region_row& row : list->rows()) {
        const auto areas = observed.statistics().print(row.id);
        if (!areas) fail(areas.error().text());
        for (const dm::area_counters& area : *areas) writes += area.counted.writes;
    }
    const std::filesystem::path directory("/run/dmfilemapd");
    if (!std::filesystem::exists(directory)) return writes;
    counter_directory store(directory);
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const auto carried = store.load(entry.path().filename());
        if (!carried || !*carried) fail("cannot read the stored counters");
        writes += (*carried)->total.writes;
    }
    return writes;
}

void measure(const std::string& daemon, const std::string& file_system) {
    const test::scratch_device device("counts", file_system, 300);
    const std::string path = device.path() + "/file";
    test::file_editor(path).write_and_sync(0, blocks * block);
    observed_device observed(path);
    const measured_daemon running(daemon, {"--interval=10", "--verify=0"}, {path});
    spin_until([&] {
        pause_for(0.02);
        return observed.grouped_sectors() == blocks * block / sector_size;
    });
    std::vector<std::uint64_t> odd;
    for (std::uint64_t i = 1; i < blocks; i += 2) odd.push_back(i);
    std::shuffle(odd.begin(), odd.end(), std::minstd_rand{2});

    // Each hole splits its region, which is still written, into two.
    const std::uint64_t before = counted(observed);
    writer busy(path);
    std::uint64_t holes = 0;
    for (const std::uint64_t i : odd) {
        test::file_editor(path).allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, i * block, block);
        ++holes;
        spin_until([&] {
            pause_for(0.02);
            return observed.grouped_sectors() == (blocks - holes) * block / sector_size;
        });
    }
    const std::uint64_t written = busy.stop();
    running.wait_until_quiet(1);
    const auto difference = static_cast<std::int64_t>(counted(observed) - before - written);
    char figure[96];
    std::snprintf(figure, sizeof figure, "%+lld of %llu writes", static_cast<long long>(difference),
                  static_cast<unsigned long long>(written));
    print_row(
        {"counted, " + std::to_string(holes) + " regions replaced under a writer, " + file_system, figure, {}, {}});
}

}  // namespace

void measure_counts(const std::string& daemon) {
    for (const std::string file_system : {"ext4", "xfs"}) measure(daemon, file_system);
}

}  // namespace filemap::bench
