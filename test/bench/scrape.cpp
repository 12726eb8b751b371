// Cost of reading the metrics of a service.
#include "bench/ask.hpp"
#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace filemap::bench {
namespace {

constexpr int tries = 5;
// The service answers from its cache for 0.9 s after a scrape.
constexpr double until_stale = 1;
const std::string directory_of_settings = "/run/bench", configuration = directory_of_settings + "/scrape.toml",
                  control = directory_of_settings + "/scrape.sock";

std::string file_name(const std::string& directory, std::size_t i) {
    return directory + "/disk-" + std::to_string(i) + ".img";
}

void configure(const std::string& directory, std::size_t files) {
    ::mkdir(directory_of_settings.c_str(), 0755);
    std::ofstream to(configuration);
    to << "log-level = \"warning\"\n[control]\nsocket = \"" << control << "\"\n[defaults]\nverify = \"0\"\n";
    for (std::size_t i = 0; i < files; ++i) to << "[[file]]\npath = \"" << file_name(directory, i) << "\"\n";
}

std::vector<std::string> messages_of(observed_device& observed) {
    const auto list = observed.statistics().list(dm::dmstats_program_id);
    if (!list) fail(list.error().text());
    std::vector<std::string> messages;
    for (const dm::region_row& row : list->rows()) messages.push_back("@stats_print " + std::to_string(row.id.value()));
    return messages;
}

// Seconds for all messages, sent one after the other. The answers are not parsed.
double print_each(observed_device& observed, const std::vector<std::string>& messages) {
    const double begin = now();
    for (const std::string& message : messages) {
        if (!observed.node().message(observed.id(), message, 0)) fail(message);
    }
    return now() - begin;
}

asked scrape() {
    asked all = ask(control, "/metrics");
    // Otherwise the result would be the daemon's timeout.
    if (all.end.find("\nfilemap_unread_files 0\n") == all.end.npos) fail("the counters of some files were not read");
    return all;
}

std::string figure_of(const std::vector<double>& took, const asked& last) {
    char text[64];
    std::snprintf(text, sizeof text, "median %s, greatest %s, %.1f MB", milliseconds_text(quantile(took, 0.5)).c_str(),
                  milliseconds_text(quantile(took, 1)).c_str(), static_cast<double>(last.bytes) / 1e6);
    return text;
}

void measure(const std::string& daemon, std::size_t files, std::size_t regions_of_each) {
    std::vector<std::string> options = eager_ext4;
    options.insert(options.end(), {"-N", "12000"});
    const test::scratch_device device("scrape", "ext4", 400, options);
    for (std::size_t i = 0; i < files; ++i) make_fragmented(file_name(device.path(), i), regions_of_each);
    configure(device.path(), files);
    observed_device observed(file_name(device.path(), 0));
    const measured_daemon running(daemon, {"--config", configuration});
    spin_until([&] {
        pause_for(0.5);
        return observed.grouped_sectors() == files * regions_of_each * 8;
    });
    running.wait_until_quiet(6);
    const std::vector<std::string> messages = messages_of(observed);
    std::vector<double> floors, cold, warm;
    asked last;
    for (int i = 0; i < tries; ++i) {
        pause_for(until_stale);
        floors.push_back(print_each(observed, messages));
        last = scrape();
        cold.push_back(last.seconds);
        warm.push_back(scrape().seconds);
    }
    const std::string what = std::to_string(files) + " files of " + std::to_string(regions_of_each) + " regions, ";
    const double floor = quantile(floors, 0.5);
    print_row({what + "scrape / bare prints", figure_of(cold, last), milliseconds_text(floor),
               ratio_text(quantile(cold, 0.5), floor)});
    print_row({what + "again at once", figure_of(warm, last), {}, {}});
}

}  // namespace

void measure_scrape(const std::string& daemon) {
    // Each file needs two watches. The kernel's default limit depends on its memory.
    const test::kernel_setting watches("fs/inotify/max_user_watches", "30000");
    measure(daemon, 1000, 1);
    measure(daemon, 1000, 10);
    measure(daemon, 10'000, 1);
}

}  // namespace filemap::bench
