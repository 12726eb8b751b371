#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

namespace filemap::bench {
namespace {

struct footprint {
    std::uint64_t resident;
    std::uint64_t unshared;
    /// Dirty part of the unshared memory. The kernel can drop the rest, pages of program files.
    std::uint64_t written;
};

footprint of(const std::string& daemon, const std::vector<std::string>& files, std::uint64_t sectors) {
    observed_device observed(files.front());
    footprint result{};
    {
        const measured_daemon running(daemon, {"--max-regions=0", "--verify=0"}, files);
        spin_until([&] {
            pause_for(0.1);
            return observed.grouped_sectors() == sectors;
        });
        running.wait_until_quiet(6);
        result = {running.resident(), running.unshared(), running.written()};
    }
    observed.delete_all();
    return result;
}

std::string text_of(const footprint& f) {
    return std::to_string(f.resident) + " KiB resident, " + std::to_string(f.unshared) + " private, " +
           std::to_string(f.written) + " of it written";
}

}  // namespace

void measure_memory(const std::string& daemon) {
    const test::scratch_device device("memory", "ext4", 600, eager_ext4);
    std::vector<std::string> files;
    for (int i = 0; i < 50; ++i) {
        files.push_back(device.path() + "/file" + std::to_string(i));
        make_fragmented(files.back(), 1);
    }
    print_row({"memory, 1 file of 1 extent", text_of(of(daemon, {files.front()}, 8)), {}, {}});
    print_row({"memory, 50 files of 1 extent", text_of(of(daemon, files, 50 * 8)), {}, {}});

    const std::string few = device.path() + "/few", many = device.path() + "/many";
    make_fragmented(few, 1000);
    make_fragmented(many, 40'000);
    const footprint less = of(daemon, {few}, 1000 * 8), more = of(daemon, {many}, 40'000 * 8);
    print_row({"memory, 1 file of 40000 extents", text_of(more), {}, {}});
    char text[64];
    std::snprintf(text, sizeof text, "%.1f bytes",
                  (static_cast<double>(more.unshared) - static_cast<double>(less.unshared)) * 1024 / 39'000);
    print_row({"memory, private, for each extent (40000 against 1000)", text, {}, {}});
}

}  // namespace filemap::bench
