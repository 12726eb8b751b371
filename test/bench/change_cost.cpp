#include "bench/bare_calls.hpp"
#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr off_t block = 4096;
// Longer than all work of the daemon that one change causes.
constexpr double watched_for = 0.8;

// Time between two changes: short enough that the daemon still caches the last round, or longer.
struct pace {
    std::string name;
    double quiet;
    int tries;
    bool fresh_memory;
};
const pace paces[]{{"in a stream", 0, 20, false}, {"after 6 s of quiet", 6, 10, true}};

// Bare calls for one changed extent: map, list, create, set_aux. The answers are not parsed.
double floor_of_a_change(observed_device& observed, int file, std::size_t extents, const pace& at) {
    const std::size_t list_size = sent(observed, "@stats_list dmstats", 0).size();
    const std::string leader = "DMS_GROUP=floor:0-" + std::to_string(extents) + "#-";
    std::vector<double> took;
    for (int i = 0; i < at.tries; ++i) {
        if (at.fresh_memory) ::malloc_trim(0);
        const double begin = now();
        map_once(file, extents);
        sent(observed, "@stats_list dmstats", list_size);
        const std::string id = sent(observed, "@stats_create 0+8 8 0 floor -", 16);
        sent(observed, "@stats_set_aux " + id.substr(0, id.find('\n')) + ' ' + leader, 0);
        took.push_back(now() - begin);
        sent(observed, "@stats_delete " + id.substr(0, id.find('\n')), 0);
    }
    return quantile(took, 0.5);
}

// Bare calls that create one region per extent.
double floor_of_mapping(observed_device& observed, std::size_t extents) {
    const double begin = now();
    for (std::size_t i = 0; i < extents; ++i)
        sent(observed, "@stats_create " + std::to_string(i * 16) + "+8 8 0 dmstats -", 16);
    const double took = now() - begin;
    observed.delete_all();
    return took;
}

// Memory of all regions of the machine, which the kernel shows without a message.
std::uint64_t bytes_of_regions() {
    std::uint64_t sum = 0;
    if (!(std::ifstream("/sys/module/dm_mod/parameters/stats_current_allocated_bytes") >> sum))
        fail("stats_current_allocated_bytes");
    return sum;
}

struct fragmented_file {
    explicit fragmented_file(const std::string& path, std::size_t extents) {
        make_fragmented(path, extents);
        descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    }
    fragmented_file(const fragmented_file&) = delete;
    fragmented_file& operator=(const fragmented_file&) = delete;
    ~fragmented_file() { ::close(descriptor); }

    // Adds one extent after a hole.
    void grow(std::size_t extents) const {
        if (::fallocate(descriptor, 0, static_cast<off_t>(2 * extents + 1) * block, block) != 0) fail("fallocate");
    }

    int descriptor = -1;
};

// Polls at growing intervals: listing many regions takes time itself.
void wait_until_mapped(observed_device& observed, std::size_t extents) {
    const double begin = now();
    spin_until([&] {
        pause_for(0.02 + (now() - begin) / 20);
        return observed.grouped_sectors() == extents * 8;
    });
}

void measure_changes(const std::string& daemon, std::size_t extents) {
    const test::scratch_device device("change", "ext4", 1100, eager_ext4);
    const std::string path = device.path() + "/file";
    const fragmented_file file(path, extents);
    observed_device observed(path);
    const double floor = floor_of_mapping(observed, extents);
    const double started = now();
    const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, {path});
    wait_until_mapped(observed, extents);
    const double mapped = now() - started;
    print_row({"first mapping of " + std::to_string(extents) + " extents", milliseconds_text(mapped),
               milliseconds_text(floor), ratio_text(mapped, floor)});

    std::size_t grown = 0;
    for (const pace& at : paces) {
        running.wait_until_quiet(2);
        const double floor_of_change = floor_of_a_change(observed, file.descriptor, extents, at);
        running.wait_until_quiet(2);
        // Subtracts the cost of the call and of the system, measured on a file that is not monitored.
        const std::string other_path = device.path() + "/other" + std::to_string(&at - paces);
        const fragmented_file other(other_path, extents);
        running.wait_until_quiet(2);
        std::vector<double> took, took_by_itself;
        for (int i = 0; i < at.tries; ++i) {
            took_by_itself.push_back(
                processor_time_of_others(watched_for, [&] { other.grow(extents + static_cast<std::size_t>(i)); }));
        }
        const double by_itself = quantile(took_by_itself, 0.5);
        for (int i = 0; i < at.tries; ++i) {
            pause_for(at.quiet);
            const std::uint64_t before = bytes_of_regions();
            double taken = processor_time_of_others(watched_for, [&] { file.grow(extents + grown++); }) - by_itself;
            for (int windows = 1; bytes_of_regions() == before; ++windows) {
                if (windows == 20) fail("a change was not followed");
                taken += processor_time_of_others(watched_for) - by_itself;
            }
            took.push_back(taken);
        }
        running.wait_until_quiet(2);
        if (observed.regions() != extents + grown) fail("a change was not followed");
        const double figure = quantile(took, 0.5);
        print_row({"one changed extent among " + std::to_string(extents) + ", " + at.name,
                   "median " + milliseconds_text(figure) + " of processor time", milliseconds_text(floor_of_change),
                   ratio_text(figure, floor_of_change)});
    }
}

void measure_growth(const std::string& daemon) {
    constexpr std::size_t extents = 10'000;
    constexpr int seconds = 20, a_second = 10;
    const test::scratch_device device("growth", "ext4", 200, eager_ext4);
    const std::string path = device.path() + "/file";
    const fragmented_file file(path, extents);
    observed_device observed(path);
    const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, {path});
    wait_until_mapped(observed, extents);
    running.wait_until_quiet(2);
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
    for (const std::size_t extents : {1000u, 10'000u, 40'000u}) measure_changes(daemon, extents);
    measure_growth(daemon);
}

}  // namespace filemap::bench
