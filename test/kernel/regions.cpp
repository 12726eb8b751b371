#include "kernel/regions.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <sys/stat.h>

namespace filemap::test {
namespace {

constexpr const char* foreign_program = "foreign";

device_id device_number_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw std::runtime_error("cannot stat " + file);
    return device_id{status.st_dev};
}

std::uint64_t sum_of(const std::vector<sector_run>& runs) {
    std::uint64_t sum = 0;
    for (const sector_run& run : runs) sum += run.length;
    return sum;
}

std::vector<sector_run> runs_of(const map_report& report) {
    std::vector<sector_run> runs;
    for (const listed_region& region : report.regions) runs.push_back(region.run);
    return joined(std::move(runs));
}

}  // namespace

region_access::region_access(const std::string& file)
    : control_(dm::control_node::open().value()), device_(device_number_of(file)) {}

map_report region_access::check_map(const std::string& file, const group_choice& choice) {
    const std::string list = control_.message(device_, "@stats_list").value();
    return compare(map_of(file), parse_region_list(list), choice);
}

std::uint64_t region_access::covered_sectors() {
    dm::statistics all = statistics();
    const auto list = all.list({}).value();
    std::uint64_t sum = 0;
    for (const dm::region_row& row : list.rows()) sum += row.range.length.count();
    return sum;
}

void region_access::remove_regions(std::string_view program) {
    dm::statistics all = statistics();
    const auto list = all.list(program).value();
    for (const dm::region_row& row : list.rows()) (void)all.remove(row.id);
}

bool foreign_regions::make(std::uint64_t areas) {
    dm::region_spec spec;
    spec.range = {sectors{0}, sectors{areas}};
    spec.step = sectors{1};
    spec.program_id = foreign_program;
    return access_.statistics().create(spec).has_value();
}

void foreign_regions::take_every_second_of(unsigned numbers) {
    for (unsigned i = 0; i < numbers; ++i)
        if (!make(1)) throw std::runtime_error("a region is refused");
    dm::statistics statistics = access_.statistics();
    const auto list = statistics.list(foreign_program).value();
    for (const dm::region_row& row : list.rows())
        if (row.id.value() % 2 == 1) statistics.remove(row.id).value();
}

void foreign_regions::take_all_memory() {
    for (std::uint64_t areas = 1 << 20; areas > 0; areas /= 2)
        while (make(areas)) {
        }
}

void foreign_regions::remove_all() {
    access_.remove_regions(foreign_program);
}

bool covers(const map_report& report) {
    const std::vector<sector_run> covered = runs_of(report);
    return std::ranges::all_of(report.file.runs, [&](const sector_run& run) {
        return std::ranges::any_of(
            covered, [&](const sector_run& by) { return by.start <= run.start && run.end() <= by.end(); });
    });
}

std::uint64_t bridged_sectors(const map_report& report) {
    return sum_of(runs_of(report)) - sum_of(report.file.runs);
}

}  // namespace filemap::test
