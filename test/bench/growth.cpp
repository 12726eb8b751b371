#include "support/growth.hpp"

#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "counters/carried_counters.hpp"
#include "support/scratch.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

using test::growing_file;

struct written_bytes {
    std::uint64_t counted = 0;
    std::uint64_t inferred = 0;
};

// By all groups of the device, and of all files that are followed.
written_bytes written_to(observed_device& observed) {
    sectors counted, inferred;
    const auto list = observed.statistics().list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    for (const dm::region_row& row : list->rows()) {
        const auto areas = observed.statistics().print(row.id);
        if (!areas) fail(areas.error().text());
        for (const dm::area_counters& area : *areas) counted += area.counted.sectors_written;
    }
    const std::filesystem::path stored("/run/dmfilemapd");
    if (std::filesystem::exists(stored)) {
        counter_directory store(stored);
        for (const auto& entry : std::filesystem::directory_iterator(stored)) {
            const auto found = store.load(entry.path().filename());
            if (!found || !*found) fail("what is stored of deleted regions");
            counted += (*found)->total.sectors_written;
            inferred += (*found)->inferred;
        }
    }
    return {to_bytes(counted).count(), to_bytes(inferred).count()};
}

// Until nothing has changed for longer than the daemon waits with anything that is due.
written_bytes settled(observed_device& observed, const measured_daemon& running) {
    written_bytes last = written_to(observed);
    for (double since = now(), limit = since + 120; now() - since < 3;) {
        running.wait_until_quiet(1);
        const written_bytes more = written_to(observed);
        if (more.counted != last.counted || more.inferred != last.inferred) since = now();
        if (now() > limit) fail("the figures do not come to rest");
        last = more;
    }
    return last;
}

void print_growth(const std::string& what, std::uint64_t issued, const written_bytes& written) {
    const auto text = [](std::uint64_t n) { return std::to_string(n); };
    const std::uint64_t sum = written.counted + written.inferred;
    char error[32] = "";
    if (issued > 0)
        std::snprintf(error, sizeof error, ", %+.2f %%",
                      (static_cast<double>(sum) - static_cast<double>(issued)) * 100 / static_cast<double>(issued));
    print_row({what,
               text(issued) + " bytes written; " + text(written.counted) + " counted + " + text(written.inferred) +
                   " inferred = " + text(sum) + error,
               {},
               {}});
}

class followed_files {
public:
    followed_files(const std::string& daemon, const std::vector<std::string>& paths)
        : paths_(paths), observed_(paths.front()) {
        running_.emplace(daemon, std::vector<std::string>{}, paths);
        running_->wait_until_quiet(1);
    }
    followed_files(const followed_files&) = delete;
    followed_files& operator=(const followed_files&) = delete;
    ~followed_files() {
        // The daemon keeps nothing of files that are gone.
        for (const std::string& path : paths_) std::filesystem::remove(path);
        spin_until([&] {
            pause_for(0.02);
            return running_->has_ended();
        });
    }

    [[nodiscard]] written_bytes written() { return settled(observed_, *running_); }

private:
    std::vector<std::string> paths_;
    observed_device observed_;
    std::optional<measured_daemon> running_;
};

void grow(const std::string& daemon, const std::string& directory, const test::growth& kind, const std::string& where) {
    std::vector<std::string> paths;
    std::vector<growing_file> files;
    for (std::size_t i = 0; i < kind.files; ++i) {
        paths.push_back(directory + "/file" + std::to_string(i));
        files.emplace_back(paths.back(), kind.how);
    }
    followed_files followed(daemon, paths);
    kind.grow(files);
    std::uint64_t issued = 0;
    for (const growing_file& file : files) issued += file.written();
    files.clear();
    print_growth("growth, " + kind.name + ", " + where, issued, followed.written());
}

void make_nothing_of(const std::string& daemon, const std::string& directory, const std::string& where) {
    constexpr off_t size = 100'000'000;
    const std::string path = directory + "/file", other = directory + "/other";
    {
        { growing_file empty(path, growing_file::writes::buffered); }
        followed_files followed(daemon, {path});
        test::file_editor(path).allocate(0, 0, size);
        print_growth("growth, fallocate alone, " + where, 0, followed.written());
    }
    test::file_editor(other).write_and_sync(0, size);
    {
        { growing_file empty(path, growing_file::writes::buffered); }
        followed_files followed(daemon, {path});
        if (test::reflink(other, path)) print_growth("growth, reflink of 100 MB, " + where, 0, followed.written());
    }
    followed_files followed(daemon, {other});
    print_growth("growth, first map of 100 MB, " + where, 0, followed.written());
}

}  // namespace

void measure_inferred_growth(const std::string& daemon) {
    for (const std::string file_system : {"ext4", "xfs"}) {
        const test::scratch_device device("growth", file_system, 600,
                                          file_system == "ext4" ? eager_ext4 : std::vector<std::string>{});
        for (const test::growth& kind : test::kinds_of_growth(1)) grow(daemon, device.path(), kind, file_system);
        {
            const std::string beside = device.path() + "/beside";
            std::filesystem::create_directory(beside);
            const test::file_churn churning(beside);
            grow(daemon, device.path(), test::kinds_of_growth(1).front(),
                 file_system + ", beside files that come and go");
        }
        make_nothing_of(daemon, device.path(), file_system);
    }
}

}  // namespace filemap::bench
