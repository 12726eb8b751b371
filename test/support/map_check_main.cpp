#include "support/map_check.hpp"

#include <algorithm>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <getopt.h>

namespace {

using namespace filemap::test;

constexpr const char* usage =
    "usage: map-check [--alias A | --group N] [--wait MS] FILE\n"
    "Compares a file's extents with the dm-stats regions of a group on its device, and prints both, what the kernel\n"
    "counted, and IN SYNC or what differs.\n"
    "  --alias A  the group of this name       --group N  the group of this id\n"
    "             (without either: the only group on the device)\n"
    "  --wait MS  repeat until in sync, but no longer than this many milliseconds\n"
    "Exit status: 0 in sync, 1 not in sync, 2 could not be told.\n";

/// Longest table that is printed whole.
constexpr std::size_t max_rows = 30;

std::string text_of(const sector_run& run) {
    return std::to_string(run.start) + '+' + std::to_string(run.length);
}

/// Each run of the file beside the regions that touch it, then the regions that touch none.
std::vector<std::pair<std::string, std::string>> rows_of(const map_report& report) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::vector<bool> shown(report.regions.size());
    const auto add = [&](std::string left, std::size_t i) {
        const listed_region& region = report.regions[i];
        rows.emplace_back(std::move(left), "region " + std::to_string(region.id) + "  " + text_of(region.run));
        shown[i] = true;
    };
    for (const sector_run& run : report.file.runs) {
        std::string left = text_of(run);
        for (std::size_t i = 0; i < report.regions.size(); ++i)
            if (report.regions[i].run.start < run.end() && run.start < report.regions[i].run.end())
                add(std::exchange(left, ""), i);
        if (!left.empty()) rows.emplace_back(left, "-");
    }
    for (std::size_t i = 0; i < report.regions.size(); ++i)
        if (!shown[i]) add("-", i);
    return rows;
}

void print(const map_report& report) {
    std::cout << "    file sectors          group ";
    if (report.group)
        std::cout << report.group->id << " '" << report.group->alias << "'\n";
    else
        std::cout << "-\n";
    const auto rows = rows_of(report);
    for (std::size_t i = 0; i < std::min(rows.size(), max_rows); ++i)
        std::cout << "    " << std::left << std::setw(22) << rows[i].first << rows[i].second << '\n';
    if (rows.size() > max_rows) std::cout << "    ... and " << rows.size() - max_rows << " rows more\n";
    if (report.file.pending > 0) std::cout << "    " << report.file.pending << " extents not allocated yet\n";
    const io_counts counts = counts_of(report);
    std::cout << "    counted: " << counts.reads << " reads of " << counts.sectors_read / 2 << " KiB, " << counts.writes
              << " writes of " << counts.sectors_written / 2 << " KiB\n";
}

struct arguments {
    group_choice group;
    milliseconds wait{0};
    std::string file;
};

/// @return False if the arguments are invalid.
bool parse(int argc, char** argv, arguments& parsed) {
    static const option options[] = {{"alias", required_argument, nullptr, 'a'},
                                     {"group", required_argument, nullptr, 'g'},
                                     {"wait", required_argument, nullptr, 'w'},
                                     {nullptr, 0, nullptr, 0}};
    for (int given = 0; (given = ::getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        switch (given) {
            case 'a': parsed.group.alias = optarg; break;
            case 'g': parsed.group.id = std::stoull(optarg); break;
            case 'w': parsed.wait = milliseconds{std::stol(optarg)}; break;
            default: return false;
        }
    }
    if (optind + 1 != argc) return false;
    parsed.file = argv[optind];
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        arguments parsed;
        if (!parse(argc, argv, parsed)) {
            std::cerr << usage;
            return 2;
        }
        map_report report;
        const bool waits = parsed.wait.count() > 0;
        const auto in_sync = [&] {
            report = check_map(parsed.file, parsed.group);
            // A wait ends only when the whole file is allocated.
            if (waits && report.file.pending > 0) report.differences.emplace_back("extents are not allocated yet");
            return report.in_sync();
        };
        const bool settled = wait_until(in_sync, parsed.wait);
        print(report);
        std::cout << "    " << report.summary() << '\n';
        return settled ? 0 : 1;
    } catch (const std::exception& failure) {
        std::cerr << "map-check: " << failure.what() << '\n';
        return 2;
    }
}
