#pragma once

#include <filemap/file_counters.hpp>
#include <filemap/file_set.hpp>
#include <filemap/service.hpp>
#include <filemap/units.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd::metrics {

/// A monitored file at the time of a scrape.
struct file_sample {
    /// Path as bytes.
    std::string path;
    std::string alias;
    std::string program_id;
    filemap::device_id device;
    std::uint64_t inode = 0;
    std::optional<filemap::group_id> group;
    std::size_t regions = 0;
    std::size_t extents = 0;
    filemap::sectors bridged;
    /// See `filemap::monitor_status::inferred`.
    filemap::sectors inferred;
    std::uint64_t syncs = 0;
    /// Empty if the reading failed or timed out.
    std::optional<filemap::file_counters> counters;
};

struct snapshot {
    std::vector<file_sample> files;
    /// Number of files in each `filemap::file_state`.
    std::array<std::size_t, filemap::file_states> states{};
    filemap::service_counts service;
    /// Start time of these counters.
    std::chrono::system_clock::time_point started_at;
    std::string version;
    /// Time of the last read or timeout.
    std::chrono::system_clock::time_point taken_at;
};

}  // namespace dmfilemapd::metrics
