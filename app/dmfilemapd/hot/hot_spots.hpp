#pragma once

#include <filemap/dm/counters.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace filemap {

struct hot_spot_limits {
    /// Number of areas of a region.
    std::size_t areas = 64;
    /// Maximum length of a range that is not split further: 64 KiB.
    sectors smallest{128};
    /// Number of I/Os needed to distinguish areas. A probe waits until it has counted this many.
    std::uint64_t enough = 200;
    /// Limit of further intervals that a probe waits for enough I/Os.
    unsigned max_waits = 4;
    /// Minimum share of the device's I/O in a hot spot.
    double min_share = 0.02;
    std::size_t max_spots = 8;
    std::size_t max_probes = 40;
};

/// Average counts per second.
struct hot_rate {
    double reads = 0;
    double writes = 0;
    double sectors_read = 0;
    double sectors_written = 0;

    /// Key for comparing ranges.
    [[nodiscard]] double requests() const noexcept { return reads + writes; }
    hot_rate& operator+=(const hot_rate& other) noexcept;
};

struct hot_spot {
    sector_range range;
    hot_rate rate;
};

/**
 * @brief Finds the hot spots of a device with one region at a time, which is divided into areas. No input or output
 * here.
 * @details
 * Scans neighbouring areas that stand out as one range, divided into finer areas. Ranges with the most I/O come first.
 * A range without an area that stands out is a spot. A range that cools down meanwhile is dropped.
 */
class hot_spots {
public:
    enum class action {
        /// Create a region of @ref probed with areas of @ref step, and read its counters after an interval.
        probe,
        /// Read the counters again after the same interval.
        wait,
        done,
    };

    explicit hot_spots(sectors device, hot_spot_limits limits = {});

    [[nodiscard]] action begin();
    /// @param counted Counters since the creation of the region.
    /// @param since   Age of the region when its counters were read.
    [[nodiscard]] action resume(std::span<const dm::area_counters> counted, std::chrono::duration<double> since);

    [[nodiscard]] sector_range probed() const noexcept { return now_.range; }
    [[nodiscard]] sectors step() const noexcept;
    [[nodiscard]] std::size_t probes() const noexcept { return probes_; }

    /// Rate of the whole device, known after the first probe.
    [[nodiscard]] const hot_rate& all() const noexcept { return all_; }
    /// Returns the spots, hottest first.
    [[nodiscard]] std::vector<hot_spot> spots() const;

private:
    [[nodiscard]] action next();
    void judge(std::span<const dm::area_counters> counted, double requests, double seconds);
    void take(const hot_spot& part);
    [[nodiscard]] double min_rate() const noexcept { return limits_.min_share * all_.requests(); }

    hot_spot_limits limits_;
    std::vector<hot_spot> candidates_;
    std::vector<hot_spot> found_;
    hot_spot now_;
    unsigned waits_ = 0;
    std::size_t probes_ = 0;
    hot_rate all_;
};

}  // namespace filemap
