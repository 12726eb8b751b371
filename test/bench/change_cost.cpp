#include "bench.hpp"
#include "common/scratch.hpp"
#include "measured_daemon.hpp"
#include "table.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr int tries = 20;
constexpr off_t block = 4096;
// Longer than the daemon takes, with all that it does later because of one change.
constexpr double watched_for = 0.8;

void map_once(int file, std::size_t extents) {
    const std::size_t size = sizeof(fiemap) + (extents + 16) * sizeof(fiemap_extent);
    const auto memory = std::make_unique_for_overwrite<std::uint64_t[]>(size / sizeof(std::uint64_t));
    auto& map = *reinterpret_cast<fiemap*>(memory.get());
    std::memset(&map, 0, sizeof map);
    map.fm_length = FIEMAP_MAX_OFFSET;
    map.fm_extent_count = static_cast<std::uint32_t>(extents + 16);
    if (::ioctl(file, FS_IOC_FIEMAP, &map) != 0) give_up("FIEMAP");
}

// The bare calls that one changed extent takes at the least: map, list, create, describe. The answers are not looked
// at.
double floor_of(observed_device& observed, int file, std::size_t extents) {
    const auto send = [&](const std::string& text, std::size_t size) {
        auto answer = observed.node().message(observed.id(), text, size);
        if (!answer) give_up(answer.error().text());
        return *answer;
    };
    const std::size_t list_size = send("@stats_list dmstats", 0).size();
    const std::string leader = "DMS_GROUP=floor:0-" + std::to_string(extents) + "#-";
    std::vector<double> took;
    for (int i = 0; i < tries; ++i) {
        const double begin = now();
        map_once(file, extents);
        send("@stats_list dmstats", list_size);
        const std::string id = send("@stats_create 0+8 8 0 floor -", 16);
        send("@stats_set_aux " + id.substr(0, id.find('\n')) + ' ' + leader, 0);
        took.push_back(now() - begin);
        send("@stats_delete " + id.substr(0, id.find('\n')), 0);
    }
    return quantile(took, 0.5);
}

struct fragmented_file {
    explicit fragmented_file(const std::string& path, std::size_t extents) {
        make_fragmented(path, extents);
        descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    }
    fragmented_file(const fragmented_file&) = delete;
    fragmented_file& operator=(const fragmented_file&) = delete;
    ~fragmented_file() { ::close(descriptor); }

    // One extent more, with a hole before it.
    void grow(std::size_t extents) const {
        if (::fallocate(descriptor, 0, static_cast<off_t>(2 * extents + 1) * block, block) != 0) give_up("fallocate");
    }

    int descriptor = -1;
};

void measure_one_change(const std::string& daemon, std::size_t extents) {
    const test::scratch_device device("change", "ext4", 500, eager_ext4);
    const std::string path = device.path() + "/file";
    const fragmented_file file(path, extents);
    observed_device observed(path);
    const double started = now();
    const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, {path});
    spin_until([&] {
        pause_for(0.1);
        return observed.grouped_sectors() == extents * 8;
    });
    print_row({"first mapping of " + std::to_string(extents) + " extents", milliseconds_text(now() - started), {}, {}});
    running.wait_until_quiet(1);
    const double floor = floor_of(observed, file.descriptor, extents);
    running.wait_until_quiet(1);

    // What the system takes by itself meanwhile, clock ticks and the file system's threads, is no cost of the daemon.
    std::vector<double> took, took_by_itself;
    for (int i = 0; i < tries; ++i) took_by_itself.push_back(processor_time_of_others(watched_for));
    for (int i = 0; i < tries; ++i) {
        file.grow(extents + static_cast<std::size_t>(i));
        double taken = 0;
        int windows = 0;
        do {
            if (++windows > 10) give_up("a change was not followed");
            taken += processor_time_of_others(watched_for);
        } while (observed.regions() != extents + static_cast<std::size_t>(i) + 1);
        took.push_back(taken - windows * quantile(took_by_itself, 0.5));
    }
    const double figure = quantile(took, 0.5);
    print_row({"one changed extent among " + std::to_string(extents) + ", processor time",
               "median " + milliseconds_text(figure), milliseconds_text(floor), ratio_text(figure, floor)});
}

void measure_growth(const std::string& daemon) {
    constexpr std::size_t extents = 10'000;
    constexpr int seconds = 20, a_second = 10;
    const test::scratch_device device("growth", "ext4", 200, eager_ext4);
    const std::string path = device.path() + "/file";
    const fragmented_file file(path, extents);
    observed_device observed(path);
    const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, {path});
    spin_until([&] {
        pause_for(0.1);
        return observed.grouped_sectors() == extents * 8;
    });
    running.wait_until_quiet(1);
    const double begin = now();
    const double by_itself = processor_time_of_others(1);
    double taken = 0;
    for (int i = 0; i < seconds * a_second; ++i) {
        file.grow(extents + static_cast<std::size_t>(i));
        taken += processor_time_of_others(begin + 1 + (i + 1.0) / a_second - now());
    }
    const double part = taken / seconds - by_itself;
    spin_until([&] {
        pause_for(0.1);
        return observed.regions() == extents + seconds * a_second;
    });
    char text[64];
    std::snprintf(text, sizeof text, "%.2f %% of a core", part * 100);
    print_row({"growing by 10 extents a second at 10000 extents", text, {}, {}});
}

}  // namespace

void measure_change_cost(const std::string& daemon) {
    for (const std::size_t extents : {1000u, 10'000u, 40'000u}) measure_one_change(daemon, extents);
    measure_growth(daemon);
}

}  // namespace filemap::bench
