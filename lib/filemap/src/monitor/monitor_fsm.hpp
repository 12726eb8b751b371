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

/// What may bear on a monitor.
enum class notice {
    /// The file was written or closed after writing.
    written,
    /// The file's attributes, links or name changed, or it died.
    file_changed,
    /// Something came, went or was renamed at the path.
    path_changed,
    unmounted,
    /// Somebody was at the control node, and may have changed the group.
    control_used,
    /// Events were lost.
    events_lost,
    /// Time for an unasked look.
    verify,
    /// Somebody wants the file looked at.
    asked,
};

/// What a look found and did.
struct refresh_result {
    fs::file_snapshot::state found = fs::file_snapshot::state::missing;
    /// Why the file is missing.
    std::string reason;
    /// Whether the standing watches are in place; if not, changes are looked for by time.
    bool watched = false;
    /// The file is unlinked and only our own descriptor tells whether it lives.
    bool pinned_unlinked = false;
    bool mapped = false;
    bool awaits_allocation = false;
    /// One more look at new regions tells what was written before they were there.
    bool growth_unsettled = false;
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
 * @brief The rules of a monitor: when to look at the file, and when to end. Without I/O.
 * @details
 * The first event after a quiet time is answered at once; while events go on there is one look for each interval, or
 * fewer if looks are costly. What is no write waits for no longer than @ref timing::max_delay, and what somebody
 * asks for for no interval. Each look arms the watch for the next write before it maps, so that whatever comes after
 * the map raises an event. What raises none is looked for by time: extents that await allocation, extents that move at
 * writeback, space past the end, and everything else at `notice::verify`.
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
        /// While events go on, looks take at most one part in so many of a processor, if that does not make them rarer
        /// than @ref max_interval. What they took up to @ref free_cost is let pass: a single look delays no other.
        unsigned cost_factor = 64;
        duration free_cost = std::chrono::milliseconds{20};
        duration max_interval = std::chrono::seconds{2};
        /// What is no write is not kept waiting for a longer interval.
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

    /// What to do now. A look that is handed out must be answered by `resume` before the next call.
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
    // nullptr while it goes on.
    std::unique_ptr<const end> end_;
    std::optional<time_point> due_;
    // Of what is due.
    urgency urgency_ = urgency::asked;
    // The begin of the look that is under way, or the end of the last one.
    time_point spaced_from_;
    // When what looks took is paid.
    time_point paced_at_;
    // What looks took lately, less their share of the time that has passed since.
    duration cost_owed_{};
    time_point looked_at_;
    time_point group_confirmed_at_;
    std::optional<time_point> missing_since_;
    // Since when a map has been owed, because the file was written though its size and blocks are the same.
    std::optional<time_point> unmapped_since_;
    std::optional<time_point> writeback_refresh_at_;
    // Whether the next look is after space past the end.
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
