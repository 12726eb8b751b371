#include "support/map_check.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace filemap::test {
namespace {

/// Rows longer than this make libdm fail for the whole device; the project promises to stay below.
constexpr std::size_t max_row = 4000;

[[noreturn]] void throw_last(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string>& own_environment() {
    static std::vector<std::string> environment;
    return environment;
}

std::string ask(const std::string& device, const std::vector<std::string>& message) {
    std::vector<std::string> command{"dmsetup", "message", device, "0"};
    command.insert(command.end(), message.begin(), message.end());
    return run_or_throw(command, seconds{30}, own_environment());
}

std::string text_of(const sector_run& run) {
    return std::to_string(run.start) + '+' + std::to_string(run.length);
}

std::vector<fiemap_extent> read_fiemap(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) throw_last(path);
    // A single call with room to spare is the nearest to a snapshot that FIEMAP offers.
    for (std::size_t room = 1024;; room *= 4) {
        std::vector<std::uint64_t> buffer((sizeof(fiemap) + room * sizeof(fiemap_extent)) / sizeof(std::uint64_t) + 1);
        auto* request = reinterpret_cast<fiemap*>(buffer.data());
        request->fm_length = FIEMAP_MAX_OFFSET;
        request->fm_extent_count = static_cast<std::uint32_t>(room);
        if (::ioctl(file, FS_IOC_FIEMAP, request) != 0) {
            const int failed = errno;
            ::close(file);
            throw std::system_error(failed, std::generic_category(), "FIEMAP of " + path);
        }
        const auto* first = request->fm_extents;
        if (request->fm_mapped_extents < room) {
            ::close(file);
            return {first, first + request->fm_mapped_extents};
        }
    }
}

/// Parses a text of digits only.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Parses ids such as "0-3,7"; empty for any other text.
std::vector<std::uint64_t> parse_members(const std::string& text) {
    constexpr std::uint64_t max_run = 1'000'000;
    std::vector<std::uint64_t> ids;
    std::istringstream items(text);
    for (std::string part; std::getline(items, part, ',');) {
        const std::size_t dash = std::min(part.find('-'), part.size());
        const auto first = number(std::string_view(part).substr(0, dash));
        const auto last = dash == part.size() ? first : number(std::string_view(part).substr(dash + 1));
        if (!first || !last || *last < *first || *last - *first > max_run) return {};
        for (std::uint64_t id = *first; id <= *last; ++id) ids.push_back(id);
    }
    return ids;
}

std::string unquoted(const std::string& text) {
    const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

std::optional<listed_group> parse_descriptor(const listed_region& leader) {
    static const std::string head = "DMS_GROUP=";
    if (!leader.aux.starts_with(head)) return std::nullopt;
    // The alias ends at the first colon that a member list follows, up to '#' or the end.
    for (std::size_t colon = leader.aux.find(':'); colon != std::string::npos;
         colon = leader.aux.find(':', colon + 1)) {
        const std::size_t end = std::min(leader.aux.find('#', colon), leader.aux.size());
        std::vector<std::uint64_t> members = parse_members(leader.aux.substr(colon + 1, end - colon - 1));
        if (members.empty()) continue;
        listed_group group{.id = leader.id, .members = std::move(members), .row_length = leader.row_length};
        group.written_alias = leader.aux.substr(head.size(), colon - head.size());
        group.alias = unquoted(group.written_alias);
        return group;
    }
    return std::nullopt;
}

/// Cuts off what the kernel puts after aux_data: "[ precise_timestamps][ histogram:N1,N2,..]".
std::string without_options(std::string aux) {
    const std::size_t histogram = aux.rfind(" histogram:");
    if (histogram != std::string::npos && aux.find_first_not_of("0123456789,", histogram + 11) == std::string::npos)
        aux.resize(histogram);
    const std::string_view precise = " precise_timestamps";
    if (aux.ends_with(precise)) aux.resize(aux.size() - precise.size());
    return aux;
}

std::optional<listed_group> choose(const std::vector<listed_group>& groups, const group_choice& choice,
                                   std::vector<std::string>& differences) {
    std::vector<listed_group> found;
    for (const listed_group& group : groups)
        if ((!choice.id || *choice.id == group.id) && (!choice.alias || *choice.alias == group.alias))
            found.push_back(group);
    if (found.size() == 1) return found.front();
    differences.push_back(found.empty() ? "there is no such group" : std::to_string(found.size()) + " groups match");
    return std::nullopt;
}

void check_descriptor(const listed_group& group, const std::vector<listed_region>& regions,
                      std::vector<std::string>& differences) {
    if (group.id != *std::ranges::min_element(group.members))
        differences.push_back("the leader is not the lowest member");
    if (!std::ranges::is_sorted(group.members)) differences.push_back("the member list is not ascending");
    if (std::set(group.members.begin(), group.members.end()).size() != group.members.size())
        differences.push_back("the member list repeats itself");
    if (group.row_length > max_row)
        differences.push_back("the leader's row has " + std::to_string(group.row_length) + " bytes");
    for (const std::uint64_t id : group.members)
        if (std::ranges::find(regions, id, &listed_region::id) == regions.end())
            differences.push_back("member " + std::to_string(id) + " does not exist");
}

/// Returns the parts of `from` that `taken` does not cover.
std::vector<sector_run> without(const std::vector<sector_run>& from, const std::vector<sector_run>& taken) {
    std::vector<sector_run> left;
    for (sector_run rest : from) {
        for (const sector_run& cut : taken) {
            if (cut.end() <= rest.start || cut.start >= rest.end()) continue;
            if (cut.start > rest.start) left.push_back({rest.start, cut.start - rest.start});
            const std::uint64_t next = std::min(cut.end(), rest.end());
            rest = {next, rest.end() - next};
        }
        if (rest.length > 0) left.push_back(rest);
    }
    return left;
}

void check_cover(const map_report& report, std::vector<std::string>& differences) {
    std::vector<sector_run> covered;
    for (std::size_t i = 0; i < report.regions.size(); ++i) {
        covered.push_back(report.regions[i].run);
        if (i > 0 && report.regions[i - 1].run.end() > report.regions[i].run.start)
            differences.push_back("regions " + std::to_string(report.regions[i - 1].id) + " and " +
                                  std::to_string(report.regions[i].id) + " overlap");
    }
    covered = joined(std::move(covered));
    for (const sector_run& run : without(report.file.runs, covered))
        differences.push_back("not covered: " + text_of(run));
    for (const sector_run& run : without(covered, report.file.runs))
        differences.push_back("not the file's: " + text_of(run));
}

}  // namespace

std::string map_report::summary() const {
    if (in_sync()) return "IN SYNC";
    constexpr std::size_t most = 8;
    std::string text = "NOT IN SYNC";
    for (std::size_t i = 0; i < std::min(differences.size(), most); ++i)
        text += (i == 0 ? ": " : "; ") + differences[i];
    if (differences.size() > most) text += "; and " + std::to_string(differences.size() - most) + " more";
    return text;
}

std::vector<sector_run> joined(std::vector<sector_run> runs) {
    std::ranges::sort(runs, {}, &sector_run::start);
    std::vector<sector_run> result;
    for (const sector_run& run : runs) {
        if (run.length == 0) continue;
        if (!result.empty() && run.start <= result.back().end())
            result.back().length = std::max(result.back().end(), run.end()) - result.back().start;
        else
            result.push_back(run);
    }
    return result;
}

std::string device_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw_last(file);
    std::ifstream name_file("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ':' +
                            std::to_string(minor(status.st_dev)) + "/dm/name");
    std::string name;
    if (!std::getline(name_file, name)) throw std::runtime_error(file + " is not on a device-mapper device");
    return name;
}

file_map map_of(const std::string& file) {
    constexpr std::uint32_t not_allocated = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC;
    constexpr std::uint32_t no_address = not_allocated | FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_INLINE |
                                         FIEMAP_EXTENT_NOT_ALIGNED | FIEMAP_EXTENT_DATA_TAIL;
    file_map map;
    const std::uint64_t size = std::filesystem::file_size(file);
    for (const fiemap_extent& extent : read_fiemap(file)) {
        ++map.extents;
        if ((extent.fe_flags & not_allocated) != 0 && extent.fe_logical < size) ++map.pending;
        if ((extent.fe_flags & no_address) == 0 && extent.fe_physical != 0)
            map.runs.push_back({extent.fe_physical / 512, extent.fe_length / 512});
    }
    map.runs = joined(std::move(map.runs));
    return map;
}

std::vector<listed_region> parse_region_list(std::string_view text) {
    std::vector<listed_region> regions;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        listed_region region{.row_length = line.size()};
        std::istringstream row(line);
        char colon = 0, plus = 0;
        std::uint64_t step = 0;
        row >> region.id >> colon >> region.run.start >> plus >> region.run.length >> step >> region.program;
        // Anything else is a line of foreign text with line ends in it.
        if (!row || colon != ':' || plus != '+' || row.get() != ' ') continue;
        std::getline(row, region.aux);
        region.aux = without_options(std::move(region.aux));
        regions.push_back(std::move(region));
    }
    return regions;
}

void use_own_control_node() {
    const std::string directory = "/run/map-check";
    const std::string node = directory + "/mapper/control";
    struct stat usual {};
    if (::stat("/dev/mapper/control", &usual) != 0) throw_last("/dev/mapper/control");
    std::filesystem::create_directories(directory + "/mapper");
    if (::mknod(node.c_str(), S_IFCHR | 0600, usual.st_rdev) != 0 && errno != EEXIST) throw_last(node);
    own_environment() = {"DM_DEV_DIR=" + directory};
}

std::vector<listed_region> regions_of(const std::string& device) {
    return parse_region_list(ask(device, {"@stats_list"}));
}

std::vector<listed_group> groups_among(const std::vector<listed_region>& regions) {
    std::vector<listed_group> groups;
    for (const listed_region& region : regions) {
        std::optional<listed_group> group = parse_descriptor(region);
        if (group && std::ranges::find(group->members, region.id) != group->members.end())
            groups.push_back(*std::move(group));
    }
    return groups;
}

map_report compare(file_map file, const std::vector<listed_region>& regions, const group_choice& choice) {
    map_report report;
    report.file = std::move(file);
    report.group = choose(groups_among(regions), choice, report.differences);
    if (!report.group) {
        // A file that occupies nothing needs no region, and so no group.
        if (report.file.runs.empty()) report.differences.clear();
        return report;
    }
    for (const listed_region& region : regions)
        if (std::ranges::find(report.group->members, region.id) != report.group->members.end())
            report.regions.push_back(region);
    std::ranges::sort(report.regions, {}, [](const listed_region& region) { return region.run.start; });
    check_descriptor(*report.group, regions, report.differences);
    check_cover(report, report.differences);
    return report;
}

map_report check_map(const std::string& file, const group_choice& choice) {
    const std::string device = device_of(file);
    // The file is mapped before and after the list: if it changed meanwhile, the two must not be compared.
    for (int tries = 0;; ++tries) {
        file_map before = map_of(file);
        const std::vector<listed_region> regions = regions_of(device);
        const bool same = before.runs == map_of(file).runs;
        if (!same && tries < 10) continue;
        map_report report = compare(std::move(before), regions, choice);
        report.device = device;
        if (!same) report.differences.emplace_back("the file changes all the time");
        return report;
    }
}

io_counts counts_of(const std::string& device, std::uint64_t region) {
    io_counts sum;
    std::istringstream rows(ask(device, {"@stats_print", std::to_string(region)}));
    for (std::string row; std::getline(rows, row);) {
        std::istringstream columns(row);
        std::string area;
        std::uint64_t reads = 0, merged = 0, sectors_read = 0, read_time = 0, writes = 0, sectors_written = 0;
        if (!(columns >> area >> reads >> merged >> sectors_read >> read_time >> writes >> merged >> sectors_written))
            continue;
        sum.reads += reads;
        sum.sectors_read += sectors_read;
        sum.writes += writes;
        sum.sectors_written += sectors_written;
    }
    return sum;
}

io_counts counts_of(const map_report& report) {
    io_counts sum;
    for (const listed_region& region : report.regions) {
        const io_counts part = counts_of(report.device, region.id);
        sum.reads += part.reads;
        sum.sectors_read += part.sectors_read;
        sum.writes += part.writes;
        sum.sectors_written += part.sectors_written;
    }
    return sum;
}

}  // namespace filemap::test
