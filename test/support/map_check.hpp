#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// An oracle that shares no code with the library: it asks the kernel by FIEMAP and by the text that `dmsetup message`
/// prints, and compares what the file occupies with what a group of dm-stats regions covers.
namespace filemap::test {

/// Half-open run of sectors of 512 bytes on the device.
struct sector_run {
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    [[nodiscard]] std::uint64_t end() const { return start + length; }
    friend bool operator==(const sector_run&, const sector_run&) = default;
};

struct listed_region {
    std::uint64_t id = 0;
    sector_run run{};
    std::string program{};
    std::string aux{};
    std::size_t row_length = 0;
};

/// A group as its leader's descriptor states it.
struct listed_group {
    std::uint64_t id = 0;
    /// Alias as written in the descriptor, with its quotes. Older libdm does not know quotes and shows them.
    std::string written_alias{};
    std::string alias{};
    std::vector<std::uint64_t> members{};
    std::size_t row_length = 0;
};

struct io_counts {
    std::uint64_t reads = 0;
    std::uint64_t sectors_read = 0;
    std::uint64_t writes = 0;
    std::uint64_t sectors_written = 0;
    friend bool operator==(const io_counts&, const io_counts&) = default;
};

/// Choice of a group: by id, by alias, or the only one of the device.
struct group_choice {
    std::optional<std::uint64_t> id{};
    std::optional<std::string> alias{};
};

/// Location of a file on its device.
struct file_map {
    /// Ascending, joined where they touch.
    std::vector<sector_run> runs{};
    /// Extents as the file system listed them.
    std::size_t extents = 0;
    /// Extents before the end of the file that are not allocated yet. Extents past the end may never be.
    std::size_t pending = 0;
};

struct map_report {
    std::string device;
    file_map file;
    std::optional<listed_group> group;
    /// Regions of the group that exist, ascending by start.
    std::vector<listed_region> regions;
    /// All differences between group and file; empty if in sync.
    std::vector<std::string> differences;

    [[nodiscard]] bool in_sync() const { return differences.empty(); }
    [[nodiscard]] std::string summary() const;
};

/// Sorts and joins, and drops empty runs.
[[nodiscard]] std::vector<sector_run> joined(std::vector<sector_run> runs);

/// The name of the device-mapper device that the file's file system is on. Throws if there is none.
[[nodiscard]] std::string device_of(const std::string& file);

[[nodiscard]] file_map map_of(const std::string& file);

/// Switches to a second control node, so that listing regions does not wake daemons that watch the usual one. Needs
/// root.
void use_own_control_node();

/// Parsed `dmsetup message DEVICE 0 @stats_list`, all programs.
[[nodiscard]] std::vector<listed_region> regions_of(const std::string& device);
[[nodiscard]] std::vector<listed_region> parse_region_list(std::string_view text);

/// The valid groups among the regions.
[[nodiscard]] std::vector<listed_group> groups_among(const std::vector<listed_region>& regions);

/// Compares a map and a list; `choice` selects the group. Pure.
[[nodiscard]] map_report compare(file_map file, const std::vector<listed_region>& regions, const group_choice& choice);

[[nodiscard]] map_report check_map(const std::string& file, const group_choice& choice = {});

/// Sum over the areas of a region (`@stats_print`).
[[nodiscard]] io_counts counts_of(const std::string& device, std::uint64_t region);
/// Sum over the regions of a report.
[[nodiscard]] io_counts counts_of(const map_report& report);

}  // namespace filemap::test
