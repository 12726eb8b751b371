#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Counters of each file and their rates. No input or output here.
namespace dmfilemapctl {

/// Counters of a file since its start.
struct totals {
    /// Time of the reading in seconds since 1970.
    double time = 0;
    std::uint64_t reads = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t writes = 0;
    std::uint64_t written_bytes = 0;
    /// Sum over reads and writes.
    double latency_seconds = 0;
    double io_seconds = 0;
    /// Upper bounds of all latency bins except the last.
    std::vector<double> bounds;
    /// Number of I/Os in each bin. Has one more element than the bounds, or none.
    std::vector<std::uint64_t> ios;
};

struct file_reading {
    /// Path as bytes.
    std::string path;
    std::uint64_t inferred_bytes = 0;
    /// Empty if the counters could not be read.
    std::optional<totals> counted;
    /// All members that the daemon has sent for the file.
    boost::json::object told;
};

struct reading {
    double time = 0;
    std::vector<file_reading> files;
};

/// Parses an answer to /v1/counters. @throws std::exception if the text is no such answer.
[[nodiscard]] reading parse_reading(std::string_view json);

/// Bound of the latency of 99 percent of the I/Os. For the bin without an upper bound, its lower bound.
struct latency_bound {
    double seconds = 0;
    bool is_upper = true;

    friend bool operator==(const latency_bound&, const latency_bound&) = default;
};

/// I/O of a file: rates per second, or totals.
struct figures {
    double read_bytes = 0;
    /// Counted bytes, without @ref inferred_bytes.
    double written_bytes = 0;
    double inferred_bytes = 0;
    double reads = 0;
    double writes = 0;
    /// Mean latency; empty without I/O.
    std::optional<double> mean_seconds;
    /// 99th percentile of the latency; empty without I/O or without bounds.
    std::optional<latency_bound> p99;
    /// Busy time per second, summed over regions, so the value may exceed 1. Empty for totals.
    std::optional<double> busy;
};

/// File and its metrics.
struct file_figures {
    file_reading file;
    /// Empty if the counters could not be read or, for rates, could not be read twice.
    std::optional<figures> is;
    /// Time between the two readings of a rate; 0 for totals.
    double seconds = 0;
};

[[nodiscard]] std::vector<file_figures> totals_of(reading of);

/// Computes rates from consecutive readings.
class rate_meter {
public:
    /// Returns the rates since the previous reading. If the daemon repeats a reading, returns the previous rates again.
    /// A counter that decreased counts as unchanged.
    [[nodiscard]] std::vector<file_figures> rates_of(reading now);

private:
    /// State of a file at its last reading.
    struct known {
        std::optional<totals> counted;
        std::uint64_t inferred_bytes = 0;
        std::optional<figures> is;
        double seconds = 0;

        /// @pre The file was readable.
        void take(const file_reading& now);
    };

    // Files by path.
    std::map<std::string, known> files_;
};

}  // namespace dmfilemapctl
