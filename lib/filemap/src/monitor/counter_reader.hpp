#pragma once

#include "group/group_sync.hpp"

#include <filemap/dm/statistics.hpp>
#include <filemap/error.hpp>
#include <filemap/file_counters.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace filemap {

/**
 * @brief Reads the counters of a group in chunks, between which monitors use the device.
 * @details
 * Reads each region that exists at the start once. A region deleted meanwhile is contained in the carried counters,
 * which are added at the end. A region created meanwhile is left to the next reading. So no I/O is counted twice, and
 * no count from before the reading is missing.
 *
 * @par Blocking       `advance` blocks in messages to the kernel. On the device's strand only.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class counter_reader {
public:
    /// Regions per chunk.
    static constexpr std::size_t part = 64;

    explicit counter_reader(dm::statistics device) noexcept : device_(device) {}

    /// Reads the next part. @param of The same group in each call. @return True if the reading is done.
    bool advance(const group_sync& of);

    /// Error of the reading; clear on success.
    [[nodiscard]] const error_code& failed() const noexcept { return failed_; }
    /// Valid once the reading is done.
    [[nodiscard]] file_counters& counters() noexcept { return counters_; }
    /// See `counting_regions::settled`.
    [[nodiscard]] bool settled() const noexcept { return settled_; }
    /// See `counting_regions::restarts`.
    [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }

private:
    bool fail(error_code why);
    void sum_up(counting_regions now, const dm::counting_options& options);

    dm::statistics device_;
    bool begun_ = false;
    std::vector<group_region> regions_;
    // Counters of the first regions; empty for a deleted region.
    std::vector<std::optional<dm::counters>> counted_;
    error_code failed_;
    file_counters counters_;
    bool settled_ = false;
    std::uint64_t restarts_ = 0;
};

/**
 * @brief Keeps the reported totals of a monitor monotonic.
 * @details When another program clears or deletes regions, their counts are lost: the reported totals stay, and later
 * counts are added. During a round, totals may be lower for a short time. A group with other counting options starts
 * at zero.
 */
class monotonic_counters {
public:
    /// @return Counts that were reported before and are lost, if any. Later readings include them.
    [[nodiscard]] std::optional<dm::counters> raise(file_counters& read, bool settled, std::uint64_t restarts);

private:
    std::optional<dm::counters> last_;
    std::uint64_t restarts_ = 0;
};

}  // namespace filemap
