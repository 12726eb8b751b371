#pragma once

#include <filemap/error.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/monitor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace filemap {

/// Events of a monitor.
enum class notice {
    /// The file was written or closed after writing.
    written,
    /// The file's attributes, links or name changed, or it died.
    file_changed,
    /// Something came, went or was renamed at the path.
    path_changed,
    unmounted,
    /// Another program used the control node and may have changed the group.
    control_used,
    /// Events were lost.
    events_lost,
    /// Time for an unasked look.
    verify,
    /// A refresh was requested.
    asked,
};

/// Findings and actions of a refresh.
struct refresh_result {
    fs::file_snapshot::state found = fs::file_snapshot::state::missing;
    /// Why the file is missing.
    std::string reason;
    /// All standing watches are in place; otherwise the monitor polls.
    bool watched = false;
    /// The file is unlinked and only our own descriptor tells whether it lives.
    bool pinned_unlinked = false;
    bool mapped = false;
    bool awaits_allocation = false;
    /// One more refresh of new regions completes the estimate of bytes written before them.
    bool growth_unresolved = false;
    /// Some extents are shared, and move without an event when they are written back.
    bool has_shared = false;
    /// There is space past the file's end, which the file system may give back when the file is closed, by us too, and
    /// no event tells.
    bool past_end = false;
    bool listed = false;
    bool group_removed = false;
    std::optional<failure> error;
    /// When it had its turn on the device.
    std::chrono::steady_clock::time_point begun_at;
    /// Processor time that it took.
    std::chrono::nanoseconds cost{};
};

/**
 * @brief Rules of a monitor: when to refresh, and when to end. Without I/O.
 * @details
 * Refreshes at once after the first event of a burst, then at most once per interval, or less often if refreshes are
 * costly. Events other than writes wait for at most @ref timing::max_delay, and requested refreshes for no interval.
 * Each refresh arms the watch for the next write before it maps, so that every write after the map raises an event.
 * Changes without events are found by timers: extents that await allocation, extents that move at writeback, space
 * past the end, and everything else at `notice::verify`.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class monitor_fsm {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct timing {
        duration interval = std::chrono::milliseconds{250};
        duration tolerance = std::chrono::seconds{1};
        /// During a burst, refreshes use at most 1/cost_factor of a processor, limited by @ref max_interval. A cost
        /// up to @ref free_cost is ignored, so that a single refresh delays no other.
        unsigned cost_factor = 64;
        duration free_cost = std::chrono::milliseconds{20};
        duration max_interval = std::chrono::seconds{2};
        /// An event other than a write waits for no longer interval than this.
        static constexpr duration max_delay = std::chrono::milliseconds{250};
        static constexpr duration first_allocation_refresh = std::chrono::milliseconds{2};
        static constexpr duration last_allocation_refresh = std::chrono::seconds{30};
        static constexpr duration first_retry = std::chrono::milliseconds{100};
        static constexpr duration last_retry = std::chrono::seconds{30};
        /// How long another monitor may take at the start to give the group up.
        static constexpr duration claim_patience = std::chrono::seconds{2};
        /// After the last write, when the kernel has written back all (dirty_expire_centisecs +
        /// dirty_writeback_centisecs).
        static constexpr duration writeback = std::chrono::seconds{35};
        /// How often to look when watches cannot be had.
        static constexpr duration unwatched = std::chrono::seconds{1};
    };

    /// Nothing to do until then, or until a notice.
    struct wait {
        std::optional<time_point> until;
    };
    enum class mapping { if_changed, always };
    /// Find the file, watch it, and if need be map it and bring the group into agreement.
    struct refresh {
        mapping map = mapping::if_changed;
        /// List the group even if nothing seems to differ.
        bool confirm_group = false;
    };
    struct end {
        monitor_end how;
        bool remove_regions = false;
    };
    using action = std::variant<wait, refresh, end>;

    monitor_fsm(timing times, time_point now);

    /// Returns the next action. A refresh must be answered by `resume` before the next call.
    [[nodiscard]] action next(time_point now);

    void resume(notice what, time_point now);
    void resume(const refresh_result& looked, time_point now);
    void stop(bool remove_regions);
    /// From now on.
    void use(duration interval, duration tolerance) noexcept;

private:
    enum class urgency { asked, changed, written };

    /// When a look for it may begin after the last one.
    [[nodiscard]] time_point soonest(urgency what) const noexcept;
    [[nodiscard]] duration short_interval() const noexcept;
    void refresh_at(time_point when) noexcept;
    void look_for(urgency what, time_point now) noexcept;
    void on_failure(const failure& failed, time_point now);
    void on_missing(const refresh_result& looked, time_point now);
    void on_present(const refresh_result& looked, time_point now);
    void finish(end_reason reason, std::string text, bool remove_regions);

    timing times_;
    time_point began_at_;
    // nullptr while the monitor runs.
    std::unique_ptr<const end> end_;
    std::optional<time_point> due_;
    // Urgency of the due refresh.
    urgency urgency_ = urgency::asked;
    // The begin of the look that is under way, or the end of the last one.
    time_point spaced_from_;
    // When what looks took is paid.
    time_point paced_at_;
    // Cost of recent refreshes, less their share of the time since then.
    duration cost_owed_{};
    time_point looked_at_;
    time_point group_confirmed_at_;
    std::optional<time_point> missing_since_;
    // Since when a map has been owed, because the file was written though its size and blocks are the same.
    std::optional<time_point> unmapped_since_;
    std::optional<time_point> writeback_refresh_at_;
    // The next refresh checks for space past the end.
    bool past_end_refresh_ = false;
    bool map_ = true;
    bool confirm_ = true;
    // Written since the last look began; before the one that is under way.
    bool written_ = false;
    bool refresh_follows_write_ = false;
    duration allocation_wait_{};
    duration retry_wait_{};
};

}  // namespace filemap
