#pragma once

#include <filemap/dm/counters.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace filemap {

/**
 * @brief The physical I/O of a file, as its regions have counted it (`monitor::async_read`).
 * @details
 * Sectors are exact. An I/O counts once in each region that it touches, so that one across a border counts twice among
 * the reads or writes. Times are sums over I/Os, and `io_time` over regions: several regions may be busy at once.
 * `in_flight` is of this moment; everything else only grows from one reading of a monitor to the next.
 */
struct file_counters {
    /// Counters of the present regions.
    dm::counters live;
    /// Counters of deleted regions, and counters of present regions from before another program cleared them, as far
    /// as they were read.
    dm::counters carried;
    /// In which times and bounds are: a millisecond, or a nanosecond with precise timestamps.
    std::chrono::nanoseconds unit = std::chrono::milliseconds{1};
    /// Upper bounds of the histogram's bins but the last; empty without a histogram.
    std::vector<std::uint64_t> bounds;
    /// That count now.
    std::size_t regions = 0;
    std::chrono::system_clock::time_point read_at;

    [[nodiscard]] dm::counters total() const {
        dm::counters sum = live;
        sum += carried;
        return sum;
    }
};

}  // namespace filemap
