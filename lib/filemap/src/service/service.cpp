#include "async/device_executor.hpp"
#include "async/hang_detector.hpp"
#include "counters/carried_counters.hpp"
#include "group/list_cache.hpp"
#include "group/resolve_config.hpp"
#include "monitor/monitor_task.hpp"
#include "service/watches.hpp"
#include "watch/watch_hub.hpp"

#include <filemap/service.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <sys/inotify.h>

namespace filemap {
namespace asio = boost::asio;
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds attend_pace{1};

std::string in_seconds(clock::duration time) {
    return std::to_string(std::chrono::round<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

struct service::state final : monitor_owner, std::enable_shared_from_this<service::state> {
    state(executor_type to, executor_type blocking, dm::kernel& with, logger sink, service_options chosen)
        : events(std::move(to)),
          executor(events, std::move(blocking), [this] { attend(); }),
          kernel(with),
          log(std::make_shared<const logger>(std::move(sink))),
          options(std::move(chosen)),
          all_ended(events),
          served(events),
          attend_timer(events),
          hangs(options.hang_timeout) {
        if (!options.state_directory.empty()) store = std::make_shared<counter_directory>(options.state_directory);
    }

    void start(const std::shared_ptr<monitor_task>& task, clock::time_point now) {
        ++running;
        verify_each(period_of(*task));
        task->start(hub, now);
    }

    void on_end(monitor_task& ended) override {
        std::erase_if(tasks, [&ended](const auto& task) { return task.get() == &ended; });
        listed_since = clock::now();
        if (--running == 0) all_ended.cancel();
    }

    void notify_all(monitor_event what) {
        const auto now = clock::now();
        for (const auto& task : tasks) task->notify(what, now);
    }

    void open_hub() {
        if (hub) return;
        auto opened = fs::watch_hub::open(events);
        if (opened) {
            hub = std::move(*opened);
        } else {
            (*log)(log_level::warning, "cannot use inotify (" + opened.error().text() + "); polling once per second");
        }
    }

    // Without events of the control node, an earlier list is not known to be valid.
    [[nodiscard]] clock::time_point known_since(clock::time_point now) const {
        return control_watch.active() ? listed_since : now;
    }

    void on_control_used() {
        listed_since = clock::now();
        notify_all(monitor_event::control_node_closed);
    }

    void watch_control_node() {
        if (!hub || options.control_path.empty()) return;
        auto watch = hub->watch_state(options.control_path.c_str(), IN_CLOSE_WRITE,
                                      [this](std::uint32_t mask, std::string_view) {
                                          if (mask & (IN_CLOSE_WRITE | IN_Q_OVERFLOW)) on_control_used();
                                      });
        if (watch) {
            control_watch = std::move(*watch);
        } else {
            (*log)(log_level::warning, options.control_path + " cannot be watched: " + watch.error().text());
        }
    }

    [[nodiscard]] std::chrono::milliseconds period_of(const monitor_task& task) const {
        return task.verify().value_or(options.verify);
    }

    // A timer shared by all monitors with the same period.
    void verify_each(std::chrono::milliseconds period) {
        if (period.count() <= 0) return;
        const auto [timer, is_new] = verify_timers.try_emplace(period, events);
        if (is_new) serve(verify(period, timer->second));
    }

    // Verifies the monitors periodically, to find changes without events: stores through mmap, defragmentation,
    // deduplication, and a group that is removed through a node opened before.
    asio::awaitable<void> verify(std::chrono::milliseconds period, asio::steady_timer& timer) {
        const auto is_meant = [this, period](const auto& task) { return period_of(*task) == period; };
        while (std::ranges::any_of(tasks, is_meant)) {
            timer.expires_after(period);
            const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
            if (error) break;
            verified_at = clock::now();
            for (const auto& task : tasks) {
                if (is_meant(task)) task->notify(monitor_event::verify_timer, *verified_at);
            }
        }
        verify_timers.erase(period);
    }

    /// Runs a task beside the monitors, until the task is cancelled at their end.
    void serve(asio::awaitable<void> what) {
        ++serving;
        asio::co_spawn(events, std::move(what), [self = shared_from_this()](std::exception_ptr error) {
            if (error) (*self->log)(log_level::error, "changes are no longer noticed");
            if (--self->serving == 0) self->served.cancel();
        });
    }

    void on_configured(const monitor_task& task) override {
        if (started) verify_each(period_of(task));
    }

    void on_refresh(bool synced, std::chrono::nanoseconds took, clock::time_point now) override {
        if (synced) {
            ++counts.syncs;
            counts.sync_time += took;
        }
        last_refresh = now;
        if (!verified_at || last_refresh - *verified_at >= options.idle_timeout) return;
        if (stopped_at || !executor.pending().empty()) return;
        // Timer work without a request must cost a single wake-up.
        attend_timer.cancel();
        verified_at.reset();
        rest(last_refresh);
    }

    // Checks the devices from the first call until some time after the last call. The extra quarter lets one wake-up
    // suffice when a refresh was short.
    void attend() {
        if (!std::exchange(attended, true)) attend_in(pace());
    }

    clock::duration pace() const {
        const bool ends = stopped_at && options.on_only_hung_devices_left;
        return ends ? clock::duration(stop_pace) : std::min<clock::duration>(options.idle_timeout, attend_pace) * 5 / 4;
    }

    void attend_in(clock::duration pause) {
        attend_timer.expires_after(pause);
        attend_timer.async_wait([self = shared_from_this()](error_code error) {
            if (!error) self->supervise_devices();
        });
    }

    void supervise_devices() {
        if (!started) {
            attended = false;
            return;
        }
        const auto now = clock::now();
        const std::vector<pending_call> calls = executor.pending();
        for (const hang_detector::remark& remark : hangs.observe(calls, now)) log_hang(remark);
        if (stopped_at && options.on_only_hung_devices_left) leave_hanging(calls, now);
        if (!calls.empty() || (stopped_at && running > 0)) return attend_in(pace());
        if (stopped_at) return;
        if (options.on_idle && now < last_refresh + options.idle_timeout)
            return attend_in(last_refresh + options.idle_timeout - now);
        rest(now);
    }

    void rest(clock::time_point now) {
        for (const hang_detector::remark& remark : hangs.observe({}, now)) log_hang(remark);
        attended = false;
        for (const auto& [device, share] : shares) share->list.release_memory();
        if (options.on_idle) options.on_idle();
    }

    void log_hang(const hang_detector::remark& remark) const {
        const std::string device = "device " + to_string(remark.device);
        switch (remark.is) {
            case hang_detector::state::hangs:
                return (*log)(log_level::warning, device + " has not answered for " + in_seconds(remark.since) +
                                                      "; its files are not followed until it does");
            case hang_detector::state::answers_again:
                return (*log)(log_level::notice, device + " answers again, after " + in_seconds(remark.since));
            case hang_detector::state::waits_for_thread:
                return (*log)(log_level::warning, device + " could not be asked for " + in_seconds(remark.since) +
                                                      ", for too many others do not answer; its files are not "
                                                      "followed until one of them does");
        }
    }

    void leave_hanging(const std::vector<pending_call>& calls, clock::time_point now) {
        std::vector<device_id> devices;
        for (const auto& task : tasks) {
            const auto call = std::ranges::find(calls, task->device(), &pending_call::device);
            if (call == calls.end() || !is_stuck(*call, now)) return;
            if (call->running && std::ranges::find(devices, call->device) == devices.end())
                devices.push_back(call->device);
        }
        if (!devices.empty()) std::exchange(options.on_only_hung_devices_left, {})(devices);
    }

    bool is_stuck(const pending_call& call, clock::time_point now) const {
        return now - std::max(call.since, *stopped_at) >= options.stop_timeout;
    }

    void stop() {
        stop_asked = true;
        for (const auto& task : tasks) task->stop();
        if (!started || stopped_at) return;
        stopped_at = clock::now();
        if (running == 0) return static_cast<void>(all_ended.cancel());
        attended = true;
        attend_in({});
    }

    asio::awaitable<void> deliver_events() {
        const auto delivered = co_await hub->run();
        if (delivered) co_return;
        (*log)(log_level::error, "cannot use inotify (" + delivered.error().text() + "); polling once per second");
        for (const auto& task : tasks) task->unwatch();
    }

    executor_type events;
    device_executor executor;
    dm::kernel& kernel;
    std::shared_ptr<const logger> log;
    service_options options;
    std::shared_ptr<counter_store> store;
    std::map<device_id, std::shared_ptr<device_share>> shares;
    // Time of the last use of the control node or end of a monitor. The next monitor may adopt the ended monitor's
    // group.
    clock::time_point listed_since = clock::now();
    std::shared_ptr<fs::watch_hub> hub;
    fs::watch_hub::subscription control_watch;
    std::vector<std::shared_ptr<monitor_task>> tasks;
    std::size_t running = 0;
    bool started = false;
    bool stop_asked = false;
    asio::steady_timer all_ended;
    // Number of running tasks, and the event when none is left.
    std::size_t serving = 0;
    asio::steady_timer served;
    std::map<std::chrono::milliseconds, asio::steady_timer> verify_timers;
    asio::steady_timer attend_timer;
    bool attended = false;
    hang_detector hangs;
    std::optional<clock::time_point> stopped_at;
    clock::time_point last_refresh;
    std::optional<clock::time_point> verified_at;
    // Counters without those of the hub, which are added on request.
    service_counts counts;
};

service::service(executor_type events, executor_type blocking, dm::kernel& kernel, logger log, service_options options)
    : state_(std::make_shared<state>(std::move(events), std::move(blocking), kernel, std::move(log),
                                     std::move(options))) {}
service::service(service&&) noexcept = default;
service::~service() {
    if (state_) stop();
}

service::executor_type service::get_executor() const noexcept {
    return state_->events;
}

service_counts service::counts() const noexcept {
    service_counts now = state_->counts;
    if (state_->hub) now.events_overflowed += state_->hub->overflows();
    return now;
}

std::shared_ptr<fs::watch_hub> watches_of(const service& of) {
    of.state_->open_hub();
    return of.state_->hub;
}

monitor service::add(monitor_config config, device_id device, std::unique_ptr<fs::file_tracker> file,
                     monitor_handlers handlers) {
    auto& share = state_->shares[device];
    if (!share) share = std::make_shared<device_share>(state_->events);
    const auto now = clock::now();
    const monitor_host host{state_->events,
                            state_->executor,
                            state_->kernel,
                            share,
                            now,
                            state_->known_since(now),
                            state_->store,
                            state_->options.counter_cache_ttl,
                            state_->log,
                            state_};
    auto task = std::make_shared<monitor_task>(host, std::move(config), device, std::move(file), std::move(handlers));
    state_->tasks.push_back(task);
    if (state_->started) state_->start(task, now);
    return monitor(std::move(task));
}

result<monitor> service::add(monitor_config config, monitor_handlers handlers) {
    auto file = prepare(config, state_->kernel);
    if (!file) return file.error();
    return add(std::move(config), file->device, std::move(file->access), std::move(handlers));
}

void service::call(device_id device, std::function<void(dm::statistics&)> job,
                   std::function<void(std::exception_ptr)> done) {
    device_executor::job asked = [&kernel = state_->kernel, device, job = std::move(job)](clock::time_point) {
        dm::statistics statistics(kernel, device);
        job(statistics);
    };
    state_->executor.async_run(
        device, std::move(asked),
        [done = std::move(done)](std::exception_ptr thrown, std::chrono::nanoseconds) { done(std::move(thrown)); });
}

std::optional<clock::time_point> service::unanswered_since(device_id device) const {
    const std::vector<pending_call> calls = state_->executor.pending();
    const auto found = std::ranges::find(calls, device, &pending_call::device);
    if (found == calls.end()) return std::nullopt;
    return found->since;
}

monitor::executor_type monitor::get_executor() const {
    return task_->get_executor();
}

const monitor_status& monitor::status() const noexcept {
    return task_->status();
}

const fs::file_identity& monitor::file() const noexcept {
    return task_->file();
}

void monitor::stop(stop_policy regions) {
    task_->stop(regions);
}

void monitor::configure(const monitor_config& config) {
    task_->configure(config);
}

std::shared_ptr<detail::async_event> monitor::request_sync() {
    return task_->request_sync();
}

std::shared_ptr<detail::reading> monitor::request_read() const {
    return task_->request_read();
}

std::shared_ptr<detail::async_event> monitor::await_end() {
    return task_->await_end();
}

void service::stop() {
    state_->stop();
}

asio::awaitable<void> service::run(std::shared_ptr<state> self) {
    // Cancellation ends the monitors first; this coroutine ends after them.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    self->open_hub();
    self->watch_control_node();

    // Tasks end by themselves; then the helper coroutines are cancelled.
    self->started = true;
    std::vector<std::shared_ptr<monitor_task>> first = self->tasks;
    const auto now = clock::now();
    for (const auto& task : first) self->start(task, now);
    // A monitor that ends releases its group, although other monitors continue.
    first.clear();

    if (self->hub) self->serve(self->deliver_events());

    while (self->running > 0 || (self->options.keep_running && !self->stop_asked)) {
        self->all_ended.expires_at(asio::steady_timer::time_point::max());
        co_await self->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
        if (const auto state = co_await asio::this_coro::cancellation_state;
            state.cancelled() != asio::cancellation_type::none) {
            self->stop();
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        }
    }
    self->started = false;
    self->stop_asked = false;
    self->stopped_at.reset();
    for (auto& [period, timer] : self->verify_timers) timer.cancel();
    self->attend_timer.cancel();
    self->attended = false;
    if (self->hub) self->hub->close();
    while (self->serving > 0) {
        self->served.expires_at(asio::steady_timer::time_point::max());
        co_await self->served.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    self->control_watch.reset();
    if (self->hub) self->counts.events_overflowed += self->hub->overflows();
    self->hub.reset();
}

}  // namespace filemap
