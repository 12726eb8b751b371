#pragma once

#include <filemap/dm/counters.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace filemap {

/**
 * @brief Physical I/O of a file, as counted by its regions (`monitor::async_read`).
 * @details
 * Sectors are exact. An I/O counts once in each region that it touches; an I/O across a border therefore counts twice
 * in `reads` or `writes`. Times are sums over I/Os. `io_time` is a sum over regions, and several regions may be busy at
 * once. `in_flight` is a gauge; all other members are monotonic.
 */
struct file_counters {
    /// Counters of the present regions.
    dm::counters live;
    /// Counters of deleted regions, and the last read counters of regions that another program has cleared.
    dm::counters carried;
    /// Unit of times and bounds: one millisecond, or one nanosecond with precise timestamps.
    std::chrono::nanoseconds unit = std::chrono::milliseconds{1};
    /// Upper bounds of all histogram bins except the last; empty without a histogram.
    std::vector<std::uint64_t> bounds;
    /// Number of present regions.
    std::size_t regions = 0;
    std::chrono::system_clock::time_point read_at;

    [[nodiscard]] dm::counters total() const {
        dm::counters sum = live;
        sum += carried;
        return sum;
    }
};

}  // namespace filemap
