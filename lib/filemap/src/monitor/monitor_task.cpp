#include "monitor/monitor_task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>

namespace filemap {
namespace asio = boost::asio;
namespace {

// Maximum time of a job on its device's strand, before other jobs run.
constexpr std::chrono::milliseconds slice{50};
constexpr std::chrono::seconds progress_every{1};
// Maximum lookups per refresh, if the file is replaced faster than watches can be set. The next event continues.
constexpr int max_finds = 3;
constexpr int max_removals = 6;
constexpr std::chrono::milliseconds removal_pause{100};

group_state initial_state(const monitor_config& config, const fs::file_identity& file) {
    group_state state;
    state.id = config.group;
    state.program_id = config.program_id;
    state.alias_part = config.alias_part;
    state.counting = config.counting;
    state.owner_tag = owner_tag_of(config, file);
    return state;
}

// Returns true if no later monitor can continue with this monitor's counters.
bool is_for_good(end_reason reason) {
    switch (reason) {
        case end_reason::group_removed:
        case end_reason::file_dead:
        case end_reason::path_gone:
        case end_reason::device_gone: return true;
        case end_reason::stopped:
        case end_reason::unmounted:
        case end_reason::failed: return false;
    }
    return false;
}

}  // namespace

bool is_sync(const refresh_result& findings) noexcept {
    return findings.mapped && !findings.error && !findings.group_removed;
}

monitor_task::monitor_task(const monitor_host& host, monitor_config config, device_id device,
                           std::unique_ptr<fs::file_tracker> file, monitor_handlers handlers)
    : events_(host.events),
      executor_(host.executor),
      log_(host.log),
      config_(std::move(config)),
      device_(device),
      file_(std::move(file)),
      handlers_(std::move(handlers)),
      owner_(host.owner),
      fsm_({.interval = config_.interval, .tolerance = config_.tolerance}, host.now),
      asked_at_(host.listed_since),
      share_(host.share),
      device_statistics_(host.kernel, device),
      counter_cache_ttl_(host.counter_cache_ttl),
      sync_(dm::statistics(host.kernel, device), initial_state(config_, file_->first()), config_.regions, host.store,
            std::shared_ptr<list_cache>(host.share, &host.share->list)) {
    status_.device = device;
    if (config_.update_group) configure_sync(config_);
}

void monitor_task::notify(monitor_event what, clock::time_point at) {
    asked_at_ = at;
    fsm_.resume(what, asked_at_);
    wake(at);
}

void monitor_task::stop(stop_policy regions) {
    stop_requested_ = true;
    fsm_.stop(regions == stop_policy::as_configured ? config_.delete_on_exit : regions == stop_policy::delete_regions);
    wake(clock::now());
    if (!started_) finish_all(wait_for_sync_, asio::error::operation_aborted);
}

void monitor_task::configure(const monitor_config& config) {
    config_.alias_part = config.alias_part;
    config_.program_id = config.program_id;
    config_.counting = config.counting;
    config_.regions = config.regions;
    config_.interval = config.interval;
    config_.tolerance = config.tolerance;
    config_.verify = config.verify;
    config_.delete_on_exit = config.delete_on_exit;
    fsm_.use(config_.interval, config_.tolerance);
    if (const auto owner = owner_.lock()) owner->on_configured(*this);
    configured_next_ = std::make_shared<const monitor_config>(config_);
    notify(monitor_event::sync_requested);
}

void monitor_task::configure_sync(const monitor_config& config) {
    sync_.use(config.regions);
    if (!config.group) sync_.configure({config.alias_part, config.program_id, config.counting});
}

std::shared_ptr<detail::async_event> monitor_task::request_sync() {
    auto waiting = std::make_shared<detail::async_event>(get_executor());
    if (status_.end) {
        waiting->finish(asio::error::operation_aborted);
    } else {
        wait_for_sync_.push_back(waiting);
        notify(monitor_event::sync_requested);
    }
    return waiting;
}

std::shared_ptr<detail::async_event> monitor_task::await_end() {
    auto waiting = std::make_shared<detail::async_event>(get_executor());
    if (status_.end) {
        waiting->finish({});
    } else {
        wait_for_end_.push_back(waiting);
    }
    return waiting;
}

void monitor_task::finish_all(waiters& waiting, error_code outcome) {
    for (const auto& one : std::exchange(waiting, {})) one->finish(outcome);
}

void monitor_task::start(std::shared_ptr<fs::watch_hub> hub, clock::time_point now) {
    hub_ = std::move(hub);
    started_ = true;
    wake(now);
}

void monitor_task::wake(clock::time_point now) {
    if (!started_ || status_.end) return;
    if (timer_) {
        timer_->cancel();
    } else {
        timer_ = std::make_unique<asio::steady_timer>(get_executor());
        // Posted, because the caller of `notify` does not expect the monitor to end during the call.
        asio::post(get_executor(), [self = shared_from_this(), now] {
            asio::co_spawn(self->get_executor(), self->run(now),
                           [self](std::exception_ptr thrown) { self->on_idle(thrown); });
        });
    }
}

// Runs until the monitor ends, or until only an event can cause the next action.
asio::awaitable<void> monitor_task::run(clock::time_point now) {
    for (;;) {
        const monitor_fsm::action action = fsm_.next(now);
        if (const auto* wait = std::get_if<monitor_fsm::wait>(&action)) {
            if (!wait->until) break;
            timer_->expires_at(*wait->until);
            co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
            now = clock::now();
        } else if (const auto* what = std::get_if<monitor_fsm::refresh>(&action)) {
            co_await refresh_with_permit(*what);
            now = std::max(now, asked_at_);
        } else {
            co_return co_await end(std::get<monitor_fsm::end>(action));
        }
    }
    timer_.reset();
}

void monitor_task::on_idle(std::exception_ptr thrown) {
    if (thrown) fail(thrown);
    const auto owner = status_.end ? std::exchange(owner_, {}).lock() : nullptr;
    if (owner) owner->on_end(*this);
}

asio::awaitable<void> monitor_task::refresh_with_permit(monitor_fsm::refresh what) {
    // Later requests need another refresh.
    wait_for_this_refresh_ = std::exchange(wait_for_sync_, {});
    const device_share::work work(*share_);
    permit_ = co_await share_->refreshes.acquire();
    if (stop_requested_) co_return permit_.reset();
    const refresh_result findings = co_await refresh_for_waiters(what);
    permit_.reset();
    asked_at_ = clock::now();
    fsm_.resume(findings, asked_at_);
    if (const auto owner = owner_.lock())
        owner->on_refresh(is_sync(findings), asked_at_ - findings.begun_at, asked_at_);
}

asio::awaitable<void> monitor_task::end(monitor_fsm::end how) {
    if (how.remove_regions) co_await remove_regions();
    if (how.remove_regions || is_for_good(how.how.reason)) {
        if (!how.remove_regions) log_carried();
        device_executor::job forget = [this](clock::time_point) { sync_.forget_carried(); };
        co_await blocking(forget);
    }
    reset_watches();
    if (holds_file_open_) {
        // Closing the last descriptor of an unlinked file frees its blocks and waits for the device.
        device_executor::job close = [this](clock::time_point) { file_.reset(); };
        co_await blocking(close);
    }
    co_await await_reading();
    sync_.release_group();
    report_end(std::move(how.how));
}

void monitor_task::report_end(monitor_end how) {
    permit_.reset();
    status_.end = std::move(how);
    finish_all(wait_for_this_refresh_, asio::error::operation_aborted);
    finish_all(wait_for_sync_, asio::error::operation_aborted);
    finish_all(wait_for_end_, {});
    if (handlers_.ended) handlers_.ended(*status_.end);
}

asio::awaitable<refresh_result> monitor_task::refresh_for_waiters(monitor_fsm::refresh what) {
    refresh_result findings = co_await refresh(what);
    update_status(findings);
    error_code outcome;
    if (findings.error) {
        outcome = findings.error->code;
    } else if (findings.found != fs::file_snapshot::state::present) {
        outcome = make_error_code(boost::system::errc::no_such_file_or_directory);
    }
    finish_all(wait_for_this_refresh_, outcome);
    co_return findings;
}

asio::awaitable<std::chrono::nanoseconds> monitor_task::blocking(device_executor::job job) {
    device_executor::job owning = [self = shared_from_this(), job = std::move(job)](clock::time_point now) {
        job(now);
    };
    co_return co_await executor_.async_run(device_, std::move(owning), asio::use_awaitable);
}

asio::awaitable<refresh_result> monitor_task::refresh(monitor_fsm::refresh what) {
    refresh_state_ = std::make_unique<refresh_state>();
    const auto configured = configured_next_;
    device_executor::job begin = [this, what, hub = hub_, configured, requested_at = asked_at_](clock::time_point now) {
        refresh_state_->result.begun_at = now;
        begin_refresh(what, hub.get(), configured.get(), requested_at);
    };
    refresh_state_->result.cost = co_await blocking(begin);
    permit_.reset();
    if (refresh_state_->round_begun && configured_next_ == configured) configured_next_ = nullptr;
    if (refresh_state_->written_at) fsm_.resume(monitor_event::written, *refresh_state_->written_at);
    log_lookup();
    if (refresh_state_->round_begun) {
        co_await continue_round();
        report(refresh_state_->result);
    }
    const auto findings = std::exchange(refresh_state_, nullptr);
    co_return std::move(findings->result);
}

asio::awaitable<void> monitor_task::continue_round() {
    if (round_done_) co_return;
    auto logged_at = sync_.last_step_at();
    device_executor::job advance_round = [this](clock::time_point now) {
        round_done_ = sync_.advance(slice, stop_requested_, now);
    };
    while (!round_done_) {
        if (sync_.state().id) log_watching();
        if (const auto now = sync_.last_step_at(); now - logged_at >= progress_every) {
            logged_at = now;
            log(log_level::notice,
                "mapping: step " + std::to_string(sync_.steps_done()) + " of " + std::to_string(sync_.steps()));
        }
        co_await await_due();
        const std::chrono::nanoseconds cost = co_await blocking(advance_round);
        refresh_state_->result.cost += cost;
    }
}

asio::awaitable<void> monitor_task::await_due() {
    if (!sync_.due()) co_return;
    const device_share::wait wait(*share_, *timer_);
    while (wait.active()) {
        timer_->expires_at(*sync_.due());
        const auto [cancelled] = co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
        if (!cancelled) co_return;
    }
}

// Runs on the device's strand. Closing the last descriptor of an unlinked file frees its blocks and waits for the
// device, too.
void monitor_task::begin_refresh(monitor_fsm::refresh what, fs::watch_hub* hub, const monitor_config* configured,
                                 clock::time_point requested_at) {
    refresh_result& found = refresh_state_->result;
    result<fs::file_snapshot> snapshot = fs::file_snapshot{};
    bool has_new_watches = false;
    for (int finds = 1; finds <= max_finds; ++finds) {
        snapshot = file_->find();
        if (!snapshot) {
            found.watched = true;
            found.error = snapshot.error();
            return;
        }
        // A new watch misses changes between the lookup and its creation, so repeat the lookup.
        has_new_watches = watch(*snapshot, hub) && found.watched;
        const bool is_present = snapshot->found == fs::file_snapshot::state::present;
        if (!has_new_watches || finds == max_finds || (is_present && file_->revalidate(*snapshot))) break;
    }
    found.found = snapshot->found;
    found.reason = snapshot->reason;
    holds_file_open_ = snapshot->pinned;
    if (found.found != fs::file_snapshot::state::present) return;
    found.pinned_unlinked = snapshot->pinned && snapshot->status.st_nlink == 0;
    const bool map = what.map == monitor_fsm::mapping::always || has_new_watches ||
                     snapshot->identity != mapped_identity_ || extent_hint_of(snapshot->status) != mapped_hint_;
    if (!map && !what.confirm_group) return;
    found.mapped = map;
    refresh_state_->round_begun = true;
    if (configured) configure_sync(*configured);
    begin_round(*std::move(snapshot), map, what.confirm_group, requested_at);
}

void monitor_task::begin_round(fs::file_snapshot at, bool map, bool confirm_group, clock::time_point requested_at) {
    round_done_ = true;
    std::vector<sector_range> ranges;
    if (map) {
        auto mapped = file_->map(at, extents_);
        if (!mapped) {
            refresh_state_->not_mapped = mapped.error();
            return;
        }
        sync_.observe_growth(*mapped, at.identity != mapped_identity_);
        remember(*mapped, at);
        ranges = std::move(mapped->ranges);
    } else {
        for (const group_region& m : sync_.state().regions) ranges.push_back(m.range);
        ranges = fs::join_ranges(std::move(ranges));
    }
    // Close the file first: creating regions may take long.
    at = {};
    const auto now = clock::now();
    sync_.begin(ranges, confirm_group, requested_at, now);
    round_done_ = sync_.advance(slice, stop_requested_, now);
}

void monitor_task::remember(const fs::extent_map& map, const fs::file_snapshot& at) {
    mapped_hint_ = extent_hint_of(at.status);
    mapped_identity_ = at.identity;
    extents_ = map.extents;
    shared_ = map.shared;
    awaited_allocation_ = awaits_allocation_;
    awaits_allocation_ = map.awaits_allocation();
    // The last block may always end past the file's end.
    past_end_ = map.end.count() >= static_cast<std::uint64_t>(at.status.st_size + at.status.st_blksize);

    std::map<fs::unaddressable_reason, std::uint64_t> apart;
    for (const fs::unaddressable_extent& e : map.unaddressable) {
        if (e.reason != fs::unaddressable_reason::not_allocated_yet) apart[e.reason] += e.length.count();
    }
    not_mapped_.clear();
    for (const auto& [reason, length] : apart) {
        not_mapped_ +=
            (not_mapped_.empty() ? "" : ", ") + std::to_string(length) + " bytes " + std::string(fs::describe(reason));
    }
}

// The blocks of a dead file may belong to other files.
asio::awaitable<void> monitor_task::remove_regions() {
    if (!sync_.state().id) co_return log_carried();
    device_executor::job begin = [this](clock::time_point now) {
        sync_.begin({}, true, clock::time_point::max(), now);
        round_done_ = false;
    };
    device_executor::job advance_round = [this](clock::time_point now) {
        const std::atomic<bool> unhurried = false;
        round_done_ = sync_.advance(slice, unhurried, now);
    };
    const device_share::work work(*share_);
    for (int tries = 1;; ++tries) {
        co_await blocking(begin);
        while (!round_done_) {
            co_await await_due();
            co_await blocking(advance_round);
        }
        if (!sync_.report().error || tries == max_removals) break;
        timer_->expires_after(removal_pause * tries);
        co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (sync_.report().error) {
        log(log_level::error, "cannot delete the regions (" + sync_.report().error->text() + ")");
        co_return;
    }
    log_removed();
}

// A job may be using the watches, so the next refresh resets them.
void monitor_task::unwatch() {
    hub_ = nullptr;
    notify(monitor_event::queue_overflow);
}

void monitor_task::fail(std::exception_ptr thrown) {
    std::string text = "unknown exception";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        text = e.what();
    } catch (...) {
    }
    // Includes the watches that the refresh has replaced.
    refresh_state_.reset();
    reset_watches();
    report_end({end_reason::failed, text});
}

}  // namespace filemap
