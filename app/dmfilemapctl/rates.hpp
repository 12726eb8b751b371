#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Counters of each file and their rates. Without input or output.
namespace dmfilemapctl {

/// Counters of a file since its start.
struct totals {
    /// Seconds since 1970.
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
    /// I/Os per bin: one more than there are bounds, or none.
    std::vector<std::uint64_t> ios;
};

struct file_reading {
    /// Bytes.
    std::string path;
    std::uint64_t inferred_bytes = 0;
    /// None if they could not be read.
    std::optional<totals> counted;
    /// All that the daemon has sent of the file.
    boost::json::object told;
};

struct reading {
    double time = 0;
    std::vector<file_reading> files;
};

/// @throws std::exception if that is not what the daemon answers to /v1/counters.
[[nodiscard]] reading parse_reading(std::string_view json);

/// 99 percent of the I/Os took less than the bound; for the bin without an upper bound, its lower bound.
struct latency_bound {
    double seconds = 0;
    bool is_upper = true;

    friend bool operator==(const latency_bound&, const latency_bound&) = default;
};

/// The I/O of a file, in a second or in all.
struct figures {
    double read_bytes = 0;
    /// Counted bytes, without @ref inferred_bytes.
    double written_bytes = 0;
    double inferred_bytes = 0;
    double reads = 0;
    double writes = 0;
    /// None without I/O.
    std::optional<double> mean_seconds;
    /// Nor without bounds.
    std::optional<latency_bound> p99;
    /// Added up over regions, so that it may be more than 1. Not of totals.
    std::optional<double> busy;
};

/// A file and its figures.
struct file_figures {
    file_reading file;
    /// None if it could not be read, or, of rates, not twice.
    std::optional<figures> is;
    /// Over which rates were computed; 0 of totals.
    double seconds = 0;
};

[[nodiscard]] std::vector<file_figures> totals_of(reading of);

/// Computes rates, from each reading to the next.
class rate_meter {
public:
    /// Returns the rates since the previous reading. A reading repeated by the daemon keeps the previous rates. A
    /// counter that went down counts as unchanged.
    [[nodiscard]] std::vector<file_figures> rates_of(reading now);

private:
    /// State of a file when it was last read.
    struct known {
        std::optional<totals> counted;
        std::uint64_t inferred_bytes = 0;
        std::optional<figures> is;
        double seconds = 0;

        /// @pre The file was readable.
        void take(const file_reading& now);
    };

    // By path.
    std::map<std::string, known> files_;
};

}  // namespace dmfilemapctl
