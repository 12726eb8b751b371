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
 * @brief Reads what a group counts, in parts between which its monitor and others have their async_semaphore.
 * @details
 * Each region that counts when the reading begins is read once. One that is deleted meanwhile is told by the retired
 * counts, which are taken at the end; one that is made meanwhile is left to the next reading. So nothing is counted
 * twice, and nothing is missing that was counted before the reading began.
 *
 * @par Blocking       `advance` blocks in messages to the kernel. On the device's strand only.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class counter_reader {
public:
    /// So many regions are read at a time.
    static constexpr std::size_t part = 64;

    explicit counter_reader(dm::statistics device) noexcept : device_(device) {}

    /// @param of The same each time. @return Whether the reading is done.
    bool advance(const group_sync& of);

    /// Why it could not be done, if so.
    [[nodiscard]] const error_code& failed() const noexcept { return failed_; }
    /// Once it is done.
    [[nodiscard]] file_counters& counters() noexcept { return counters_; }
    /// As `counting_regions::settled`.
    [[nodiscard]] bool settled() const noexcept { return settled_; }
    /// As `counting_regions::restarts`.
    [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }

private:
    bool fail(error_code why);
    void sum_up(counting_regions now, const dm::counting_options& options);

    dm::statistics device_;
    bool begun_ = false;
    std::vector<member> regions_;
    // Of the first of them; empty of one that is gone.
    std::vector<std::optional<dm::counters>> counted_;
    error_code failed_;
    file_counters counters_;
    bool settled_ = false;
    std::uint64_t restarts_ = 0;
};

/**
 * @brief Keeps the totals that a monitor tells from going down.
 * @details They would when another program clears or deletes regions, whose counts are lost: then what was told stays
 * told, and counting goes on from there. While a round is under way they may for other reasons, which pass. A group
 * that counts otherwise begins at 0.
 */
class monotonic_counters {
public:
    /// @return What was told before and is lost for good, if anything: it is retired from now on, in what is read next,
    /// too.
    [[nodiscard]] std::optional<dm::counters> raise(file_counters& read, bool settled, std::uint64_t restarts);

private:
    std::optional<dm::counters> last_;
    std::uint64_t restarts_ = 0;
};

}  // namespace filemap
