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
    /// A range this small is not split any further: 64 KiB.
    sectors smallest{128};
    /// I/Os needed to distinguish areas. A probe waits until it has counted this many.
    std::uint64_t enough = 200;
    /// Interval of reading the counters of a probe.
    unsigned max_waits = 4;
    /// A range with a smaller share of the device's I/O is not a hot spot.
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
 * @brief Finds where a device is read and written most, by one region at a time, which is cut into areas. Without I/O.
 * @details
 * Neighbouring areas that stand out are looked at next, as one, in finer areas; those with the most I/O first. A range
 * in which no area stands out is a spot. Places that cool down meanwhile are given up.
 */
class hot_spots {
public:
    enum class action {
        /// Make a region of @ref probed, with areas of @ref step, and read its counters after a time.
        probe,
        /// Read the counters again after the same time.
        wait,
        done,
    };

    explicit hot_spots(sectors device, hot_spot_limits limits = {});

    [[nodiscard]] action begin();
    /// @param counted Since the region was made.
    /// @param since   How long ago that was when they were read.
    [[nodiscard]] action resume(std::span<const dm::area_counters> counted, std::chrono::duration<double> since);

    [[nodiscard]] sector_range probed() const noexcept { return now_.range; }
    [[nodiscard]] sectors step() const noexcept;
    [[nodiscard]] std::size_t probes() const noexcept { return probes_; }

    /// Rate of the whole device; known after the first probe.
    [[nodiscard]] const hot_rate& all() const noexcept { return all_; }
    /// The hottest first.
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
