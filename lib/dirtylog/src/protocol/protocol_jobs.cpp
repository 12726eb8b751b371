#include "protocol/protocol.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

namespace dirtylog {
namespace {

// In execution order: pending writes precede the close.
constexpr job_kind main_jobs[] = {job_kind::open,   job_kind::load,  job_kind::settle,
                                  job_kind::commit, job_kind::track, job_kind::close};

}  // namespace

int reply_error(const failure& why) noexcept {
    const bool is_errno = why.code.category() == boost::system::system_category() && why.code.value() > 0;
    return is_errno ? -why.code.value() : -EIO;
}

job* protocol::next_job() {
    for (std::size_t i = 0; i < queue_.size();) {
        mirror_log& log = *queue_[i];
        if (job* const next = start(log)) return next;
        const bool is_blocked = !log.main.is_running && std::ranges::any_of(log.wanted, std::identity());
        if (is_blocked) {
            ++i;
            continue;
        }
        // The other wanted jobs start when the running job ends.
        log.is_queued = false;
        queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return nullptr;
}

bool protocol::may_start(const mirror_log& log, job_kind what) const noexcept {
    if (what == job_kind::close) return !log.legs.is_running;
    if (what != job_kind::load) return true;
    // Another log of this name must write its state before this log takes it over. Only one of two unused logs in one
    // place may start.
    return std::ranges::none_of(logs_, [&](const auto& each) {
        const mirror_log& other = *each.second;
        if (&other == &log) return false;
        const bool is_beginning_there =
            log.opened.place && other.is_doing(job_kind::load) && other.opened.place == log.opened.place;
        return is_beginning_there ||
               (other.key.uuid == log.key.uuid &&
                (other.main.is_running || other.legs.is_running ||
                 (other.is_working() &&
                  (other.wants(job_kind::settle) || other.wants(job_kind::commit) || other.wants(job_kind::track)))));
    });
}

job* protocol::start(mirror_log& log) {
    if (log.wants(job_kind::flush_legs) && !log.legs.is_running) {
        log.wanted[static_cast<std::size_t>(job_kind::flush_legs)] = false;
        if (log.is_working()) {
            log.legs.is_running = true;
            return &log.legs;
        }
    }
    if (log.main.is_running) return nullptr;
    for (const job_kind what : main_jobs) {
        if (!log.wants(what) || !may_start(log, what)) continue;
        log.wanted[static_cast<std::size_t>(what)] = false;
        log.main.kind = what;
        log.main.is_running = true;
        prepare(log, what);
        for (waiting_request& each : std::span(log.waiters).first(log.waiting)) each.joined |= each.kind == what;
        return &log.main;
    }
    return nullptr;
}

void protocol::prepare(mirror_log& log, job_kind what) {
    switch (what) {
        case job_kind::open:
        case job_kind::flush_legs: break;
        case job_kind::load: prepare_load(log); break;
        case job_kind::settle:
            if (log.is_working()) log.store->confirm_clean(*log.regions);
            [[fallthrough]];
        case job_kind::commit:
            if (log.is_working()) log.store->prepare(*log.regions);
            break;
        case job_kind::track: {
            const auto words = log.regions->changed_bits().words();
            log.tracking->changed.assign(words.begin(), words.end());
            break;
        }
        case job_kind::close:
            log.phase = log_phase::closing;
            log.regions.reset();
            break;
    }
}

void protocol::prepare_load(mirror_log& log) {
    log.previous = predecessor::none;
    // A new table came into force: close the logs of tables that never did, and those older than the last table.
    const bool ends_others = log.phase == log_phase::constructed && !log.known_before;
    // The load is repeated because the initial state could not be written.
    if (log.is_working()) log.phase = log_phase::constructed;
    log.regions.reset();
    // A restored log continues with its own state.
    if (log.is_restored) return;
    for (const auto& [key, other] : logs_) {
        if (ends_others && other.get() != &log && !other->wants(job_kind::load) && key.uuid == log.key.uuid &&
            (other->phase == log_phase::constructed || other->phase == log_phase::superseded))
            want(*other, job_kind::close);
        if (other.get() == &log || !(key.uuid == log.key.uuid) || !other->is_working()) continue;
        // Bits of another region size do not apply here.
        const bool is_alike = other->arguments.shape.region_size == log.arguments.shape.region_size;
        log.previous = other->is_suspended() && is_alike ? predecessor::suspended : predecessor::working;
        log.previous_luid = key.luid;
        log.previous_is_elsewhere = !(other->opened.place == log.opened.place);
        log.previous_live = std::move(other->live);
        other->regions.reset();
        other->phase = log_phase::superseded;
    }
}

void protocol::complete(job& done, const answer& give) {
    mirror_log& log = *done.log;
    const result<void> outcome = std::move(done.outcome);
    done.outcome = {};
    done.is_running = false;
    queue(log);
    // Logs of the same name or place may wait for this job.
    for (const auto& [key, other] : logs_)
        if (key.uuid == log.key.uuid || other->wants(job_kind::load)) queue(*other);
    switch (done.kind) {
        case job_kind::open: complete_open(log, outcome); break;
        case job_kind::load: complete_load(log, outcome); break;
        case job_kind::settle:
            complete_commit(log, outcome);
            if (log.live) log.live->set_phase(live_phase::suspended);
            break;
        case job_kind::commit: complete_commit(log, outcome); break;
        case job_kind::track: complete_track(log, outcome); break;
        case job_kind::flush_legs: return complete_legs(log, outcome);
        case job_kind::close: break;
    }
    const job_kind kind = done.kind;
    const bool is_over = kind == job_kind::close || (kind == job_kind::open && !outcome);
    send_answers(log, kind, outcome ? 0 : reply_error(outcome.error()), is_over, give);
    if (!is_over) return;
    if (log.tracking) log.tracking->done(errno_failure(ENODEV, "log " + log.key.uuid.str() + " was closed"));
    std::erase(queue_, &log);
    logs_.erase(log_key(log.key));
}

void protocol::send_answers(mirror_log& log, job_kind kind, int error, bool is_last, const answer& give) {
    const auto all = std::span(log.waiters).first(log.waiting);
    std::size_t remaining = 0;
    for (const waiting_request& each : all) {
        if (!is_last && !(each.kind == kind && each.joined)) {
            all[remaining++] = each;
            continue;
        }
        reply out(each.seq);
        // A request for another job gets -ESRCH when the log ends.
        if (each.answer == waiting_request::reply_kind::again)
            out.fail(-EAGAIN);
        else
            out.fail(each.kind == kind ? error : -ESRCH);
        if (error == 0 && each.kind == kind && each.answer == waiting_request::reply_kind::device &&
            !log.opened.device.empty())
            out.put(log.opened.device);
        give(out, each.slot);
    }
    log.waiting = remaining;
}

void protocol::complete_open(mirror_log& log, const result<void>& outcome) {
    if (log.phase == log_phase::opening) log.phase = log_phase::constructed;
    if (!outcome) log_about(log_level::error, log, "refused: " + outcome.error().text());
}

void protocol::complete_load(mirror_log& log, const result<void>& outcome) {
    log.previous_live.reset();
    if (log.is_restored && log.live) resolve_duplicates(log);
    if (!outcome) log_about(log_level::error, log, "could not start: " + outcome.error().text());
    if (!log.live) return;
    log.regions.emplace(log.live->regions(), log.live->words());
    log.store->attach(*log.regions);
    log.phase = log_phase::working;
    log.checkpoints = log.store->checkpoints(*log.live);
    if (options_.policy) log.policy = options_.policy(log.key, log.arguments);
    // The kernel has resumed the log, or still uses it.
    if (!log.is_restored && log.is_suspended()) {
        log.live->set_phase(live_phase::resumed);
        log.regions->begin_recovery();
    }
    const bool is_lost = log.source == start_source::unknown;
    log_about(is_lost ? log_level::error : log_level::notice, log,
              std::string(describe(log.source)) + ", in sync " + std::to_string(log.regions->in_sync().count()) + '/' +
                  std::to_string(log.regions->regions().count()) +
                  (is_lost && log.known_before ? "; suspend and resume the mirror to copy it" : ""));
    if (log.damaged > 0)
        log_about(
            log_level::error, log,
            std::to_string(log.damaged) + " blocks of " + log.arguments.path + " are damaged; their regions are dirty");
    if (log.store->has_due()) want(log, job_kind::commit);
    if (log.arguments.kind == backend_kind::disk) wants_clear_round_ = true;
}

// A process killed during a takeover leaves both states. The suspended log is the old one.
void protocol::resolve_duplicates(mirror_log& log) {
    for (const auto& [key, other] : logs_) {
        if (other.get() == &log || !(key.uuid == log.key.uuid) || !other->is_working()) continue;
        mirror_log& ended = log.is_suspended() && !other->is_suspended() ? log : *other;
        live_state::remove(env_.directory, ended.key.luid);
        ended.regions.reset();
        ended.live.reset();
        ended.phase = log_phase::superseded;
    }
}

void protocol::complete_commit(mirror_log& log, const result<void>& outcome) {
    if (!log.is_working()) return;
    log.store->finish(outcome.has_value());
    if (!outcome && !std::exchange(log.failure_is_logged, true))
        log_about(log_level::error, log, outcome.error().text());
    else if (outcome && std::exchange(log.failure_is_logged, false))
        log_about(log_level::notice, log, log.arguments.path + " is writable again");
}

void protocol::complete_legs(mirror_log& log, const result<void>& outcome) {
    if (!log.is_working()) return;
    if (outcome) {
        log.legs_failure_is_logged = false;
        log.store->confirm_idle();
        want(log, job_kind::commit);
    } else if (!std::exchange(log.legs_failure_is_logged, true)) {
        log_about(log_level::warning, log, outcome.error().text() + "; regions stay dirty on disk");
    }
}

void protocol::clear_round() {
    wants_clear_round_ = false;
    for (const auto& [key, log] : logs_) {
        if (!log->is_working()) continue;
        // Not while the caches are flushed: what has become idle since is not among what was.
        if (log->legs.is_running || log->wants(job_kind::flush_legs)) {
            wants_clear_round_ = true;
            continue;
        }
        switch (log->store->next_clear_step(*log->regions)) {
            case backend::clear_step::none: break;
            case backend::clear_step::wait: wants_clear_round_ = true; break;
            case backend::clear_step::flush_legs:
                want(*log, job_kind::flush_legs);
                wants_clear_round_ = true;
                break;
            case backend::clear_step::commit:
                want(*log, job_kind::commit);
                wants_clear_round_ = true;
                break;
        }
    }
}

void protocol::log_about(log_level level, const mirror_log& log, std::string_view text) const {
    log_(level, "log " + log.key.uuid.str() + ' ' + std::string(text));
}

}  // namespace dirtylog
