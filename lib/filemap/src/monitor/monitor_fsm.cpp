#include "monitor/monitor_fsm.hpp"

#include <algorithm>
#include <utility>

namespace filemap {
namespace {

// Maximum time without a map while a file is overwritten in place, in intervals.
constexpr int unmapped_intervals = 8;

monitor_fsm::duration backed_off(monitor_fsm::duration& wait, monitor_fsm::duration first, monitor_fsm::duration last) {
    wait = wait == monitor_fsm::duration{} ? first : std::min(wait * 2, last);
    return wait;
}

}  // namespace

std::string_view describe(end_reason reason) noexcept {
    switch (reason) {
        case end_reason::stopped: return "stopped";
        case end_reason::group_removed: return "the group was removed by another program";
        case end_reason::file_dead: return "the file is unlinked and no longer open anywhere";
        case end_reason::path_gone: return "nothing to follow at the path";
        case end_reason::unmounted: return "the file system was unmounted";
        case end_reason::device_gone: return "the device was removed";
        case end_reason::failed: return "failed";
    }
    return "unknown";
}

monitor_fsm::monitor_fsm(timing times, time_point now)
    : times_(times),
      began_at_(now),
      due_(now),
      spaced_from_(now),
      paced_at_(now),
      refreshed_at_(now),
      group_confirmed_at_(now) {}

monitor_fsm::time_point monitor_fsm::soonest(urgency what) const noexcept {
    switch (what) {
        case urgency::requested: return paced_at_;
        case urgency::changed: return std::max(spaced_from_ + short_interval(), paced_at_);
        case urgency::written: return std::max(spaced_from_ + times_.interval, paced_at_);
    }
    return paced_at_;
}

monitor_fsm::duration monitor_fsm::short_interval() const noexcept {
    return std::min<duration>(times_.interval, timing::max_delay);
}

void monitor_fsm::refresh_at(time_point when) noexcept {
    due_ = due_ ? std::min(*due_, when) : when;
}

void monitor_fsm::schedule(urgency what, time_point now) noexcept {
    urgency_ = std::min(urgency_, what);
    refresh_at(std::max(now, soonest(what)));
}

void monitor_fsm::finish(end_reason reason, std::string text, bool remove_regions) {
    if (!end_) end_ = std::make_unique<const end>(end{{reason, std::move(text)}, remove_regions});
}

void monitor_fsm::stop(bool remove_regions) {
    finish(end_reason::stopped, {}, remove_regions);
}

void monitor_fsm::use(duration interval, duration tolerance) noexcept {
    times_.interval = interval;
    times_.tolerance = tolerance;
}

monitor_fsm::action monitor_fsm::next(time_point now) {
    if (end_) return *end_;
    if (!due_ || *due_ > now) return wait{due_};
    due_.reset();
    urgency_ = urgency::written;
    // A pending map is due after an interval without writes, or after `unmapped_intervals`.
    const bool owed = unmapped_since_ && (!written_ || now - *unmapped_since_ >= unmapped_intervals * times_.interval);
    const bool written_back = writeback_refresh_at_ && now >= *writeback_refresh_at_;
    if (written_back) writeback_refresh_at_.reset();
    const refresh chosen{map_ || owed || written_back ? mapping::always : mapping::if_changed, confirm_};
    map_ = confirm_ = false;
    refresh_follows_write_ = std::exchange(written_, false);
    // Events during the refresh start no new burst.
    spaced_from_ = now;
    return chosen;
}

void monitor_fsm::resume(monitor_event what, time_point now) {
    switch (what) {
        case monitor_event::written:
            // Only the start of a burst resets the allocation back-off, so that a stream does not cause extra
            // refreshes.
            if (now >= soonest(urgency::written)) allocation_wait_ = {};
            written_ = true;
            schedule(urgency::written, now);
            break;
        case monitor_event::file_changed:
        case monitor_event::path_changed: schedule(urgency::changed, now); break;
        case monitor_event::unmounted: finish(end_reason::unmounted, {}, false); break;
        case monitor_event::control_node_closed:
            confirm_ = true;
            urgency_ = std::min(urgency_, urgency::changed);
            refresh_at(std::max(now, group_confirmed_at_ + short_interval()));
            break;
        case monitor_event::queue_overflow:
        case monitor_event::verify_timer:
            map_ = confirm_ = true;
            schedule(urgency::changed, now);
            break;
        case monitor_event::sync_requested:
            map_ = confirm_ = true;
            schedule(urgency::requested, now);
            break;
    }
}

void monitor_fsm::resume(const refresh_result& findings, time_point now) {
    const duration paid = (now - refreshed_at_) / times_.cost_factor;
    const duration max_owed = times_.free_cost + times_.max_interval / times_.cost_factor;
    cost_owed_ = std::min<duration>(std::max(cost_owed_ - paid, duration{}) + findings.cost, max_owed);
    refreshed_at_ = spaced_from_ = now;
    paced_at_ = now + std::max<duration>((cost_owed_ - times_.free_cost) * times_.cost_factor, {});
    // An event that arrived during the refresh waits for its earliest time.
    if (due_) due_ = std::max(*due_, soonest(urgency_));
    if (findings.listed) group_confirmed_at_ = now;
    if (!findings.watched) refresh_at(std::max(now + times_.unwatched, soonest(urgency::written)));
    if (findings.group_removed) return finish(end_reason::group_removed, {}, false);
    if (findings.error) return on_failure(*findings.error, now);
    retry_wait_ = {};
    switch (findings.found) {
        case fs::file_snapshot::state::dead: return finish(end_reason::file_dead, {}, true);
        case fs::file_snapshot::state::missing: return on_missing(findings, now);
        case fs::file_snapshot::state::present: return on_present(findings, now);
    }
}

void monitor_fsm::on_failure(const failure& failed, time_point now) {
    namespace sys = boost::system::errc;
    if (failed.code == sys::no_such_device_or_address) return finish(end_reason::device_gone, failed.text(), false);
    if (failed.code == sys::no_such_device) return finish(end_reason::unmounted, failed.text(), false);
    // Another monitor of a group that was removed and recreated with the same id may be about to release it.
    const bool may_be_released = failed.code == errc::group_claimed && now - began_at_ < times_.claim_timeout;
    if (is_permanent(failed.code) && !may_be_released) {
        if (!end_) end_ = std::make_unique<const end>(end{{end_reason::failed, failed.text(), failed.code}, false});
        return;
    }
    map_ = confirm_ = true;
    written_ = written_ || refresh_follows_write_;
    due_ = now + backed_off(retry_wait_, times_.first_retry, times_.last_retry);
}

void monitor_fsm::on_missing(const refresh_result& findings, time_point now) {
    if (!missing_since_) missing_since_ = now;
    map_ = confirm_ = true;
    group_confirmed_at_ = now;
    const time_point ends_at = *missing_since_ + times_.tolerance;
    if (now >= ends_at) return finish(end_reason::path_gone, findings.reason, true);
    // The event that brings the file back may be invisible: in a directory above, or in the target of a symbolic
    // link.
    refresh_at(std::min(ends_at, std::max(now + times_.unwatched, paced_at_)));
}

void monitor_fsm::on_present(const refresh_result& findings, time_point now) {
    missing_since_.reset();
    if (findings.pinned_unlinked) refresh_at(std::max(now + times_.unwatched, paced_at_));
    // One refresh after the last write suffices: space past the end that still exists then is permanent.
    past_end_refresh_ = findings.mapped && findings.past_end && (refresh_follows_write_ || !past_end_refresh_);
    if (past_end_refresh_) refresh_at(soonest(urgency::written));

    if (refresh_follows_write_ && !unmapped_since_) unmapped_since_ = now;
    if (!findings.mapped) {
        if (unmapped_since_) refresh_at(soonest(urgency::written));
    } else {
        if (unmapped_since_ && findings.has_shared) writeback_refresh_at_ = now + times_.writeback;
        unmapped_since_.reset();
        if (findings.awaits_allocation) {
            map_ = true;
            refresh_at(now +
                       std::max<duration>(findings.cost, backed_off(allocation_wait_, times_.first_allocation_refresh,
                                                                    times_.last_allocation_refresh)));
        } else {
            allocation_wait_ = {};
        }
        if (findings.growth_unresolved) {
            map_ = true;
            refresh_at(soonest(urgency::written));
        }
    }
    if (writeback_refresh_at_) refresh_at(*writeback_refresh_at_);
}

}  // namespace filemap
