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
enum class monitor_event {
    /// The file was written or closed after writing.
    written,
    /// The file's attributes, links or name changed, or the file was deleted.
    file_changed,
    /// An entry was created, deleted or renamed at the path.
    path_changed,
    unmounted,
    /// Another program used the control node and may have changed the group.
    control_node_closed,
    /// inotify lost events.
    queue_overflow,
    /// Verification is due.
    verify_timer,
    /// A refresh was requested.
    sync_requested,
};

/// Findings and actions of a refresh.
struct refresh_result {
    fs::file_snapshot::state found = fs::file_snapshot::state::missing;
    /// Reason why the file is missing.
    std::string reason;
    /// All standing watches are in place; otherwise the monitor polls.
    bool watched = false;
    /// The file is unlinked, and only the monitor's own descriptor shows whether the file still exists.
    bool pinned_unlinked = false;
    bool mapped = false;
    bool awaits_allocation = false;
    /// One more refresh of new regions completes the estimate of bytes written before them.
    bool growth_unresolved = false;
    /// Some extents are shared; writeback moves them without an event.
    bool has_shared = false;
    /// The file has space past its end. The file system may free that space at any close, without an event.
    bool past_end = false;
    bool listed = false;
    bool group_removed = false;
    std::optional<failure> error;
    /// Time at which the refresh got the device's strand.
    std::chrono::steady_clock::time_point begun_at;
    /// Processor time of the refresh.
    std::chrono::nanoseconds cost{};
};

/**
 * @brief Rules of a monitor: when to refresh, and when to end. Without I/O.
 * @details
 * Refreshes at once after the first event of a burst, then at most once per interval, or less often if refreshes are
 * costly. Events other than writes wait for at most @ref timing::max_delay, and requested refreshes for no interval.
 * Each refresh arms the watch for the next write before it maps, so that every write after the map raises an event.
 * Changes without events are found by timers: extents that await allocation, extents that move at writeback, space
 * past the end, and everything else at `monitor_event::verify_timer`.
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
        /// Time that another monitor has at the start to release the group.
        static constexpr duration claim_timeout = std::chrono::seconds{2};
        /// Time after the last write until the kernel has written back all data (dirty_expire_centisecs +
        /// dirty_writeback_centisecs).
        static constexpr duration writeback = std::chrono::seconds{35};
        /// Polling interval without watches.
        static constexpr duration unwatched = std::chrono::seconds{1};
    };

    /// Wait until the given time or the next event.
    struct wait {
        std::optional<time_point> until;
    };
    enum class mapping { if_changed, always };
    /// Find and watch the file; if necessary, map the file and update the group.
    struct refresh {
        mapping map = mapping::if_changed;
        /// List the group even if no difference is known.
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

    void resume(monitor_event what, time_point now);
    void resume(const refresh_result& findings, time_point now);
    void stop(bool remove_regions);
    /// Changes the timing with immediate effect.
    void use(duration interval, duration tolerance) noexcept;

private:
    enum class urgency { requested, changed, written };

    /// Returns the earliest start of the next refresh for @p what.
    [[nodiscard]] time_point soonest(urgency what) const noexcept;
    [[nodiscard]] duration short_interval() const noexcept;
    void refresh_at(time_point when) noexcept;
    void schedule(urgency what, time_point now) noexcept;
    void on_failure(const failure& failed, time_point now);
    void on_missing(const refresh_result& findings, time_point now);
    void on_present(const refresh_result& findings, time_point now);
    void finish(end_reason reason, std::string text, bool remove_regions);

    timing times_;
    time_point began_at_;
    // nullptr while the monitor runs.
    std::unique_ptr<const end> end_;
    std::optional<time_point> due_;
    // Urgency of the due refresh.
    urgency urgency_ = urgency::requested;
    // Start of the current refresh, or end of the last one.
    time_point spaced_from_;
    // Time at which the cost of past refreshes is paid off.
    time_point paced_at_;
    // Cost of recent refreshes, less their share of the time since then.
    duration cost_owed_{};
    time_point refreshed_at_;
    time_point group_confirmed_at_;
    std::optional<time_point> missing_since_;
    // Start of the period with a pending map: the file was written, but size and block count are unchanged.
    std::optional<time_point> unmapped_since_;
    std::optional<time_point> writeback_refresh_at_;
    // The next refresh checks for space past the end.
    bool past_end_refresh_ = false;
    bool map_ = true;
    bool confirm_ = true;
    // A write since the start of the last refresh, and a write before the current refresh.
    bool written_ = false;
    bool refresh_follows_write_ = false;
    duration allocation_wait_{};
    duration retry_wait_{};
};

}  // namespace filemap
