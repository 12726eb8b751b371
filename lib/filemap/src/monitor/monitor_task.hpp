#pragma once

#include "async/device_executor.hpp"
#include "async/semaphore.hpp"
#include "group/group_sync.hpp"
#include "group/list_cache.hpp"
#include "monitor/counter_reader.hpp"
#include "monitor/monitor_fsm.hpp"
#include "watch/watch_hub.hpp"

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/logger.hpp>
#include <filemap/monitor.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace filemap {

/// State shared by the monitors of one device.
struct device_share {
    explicit device_share(const boost::asio::any_io_executor& events) : refreshes(events, max_refreshes) {}

    /// Limit of concurrent refreshes: each holds descriptors and waits for the device's other calls.
    static constexpr std::size_t max_refreshes = 4;

    /// Registers a monitor as working on the device, until destruction.
    class work {
    public:
        explicit work(device_share& on) : on_(on), reader_(std::in_place, on.list) {}
        work(const work&) = delete;
        work& operator=(const work&) = delete;
        ~work() {
            reader_.reset();
            on_.end_waits_if_all_wait();
        }

    private:
        device_share& on_;
        std::optional<list_cache::reader> reader_;
    };

    /// Registers a working monitor as waiting for the next list with `timer`, until destruction.
    class wait {
    public:
        wait(device_share& on, boost::asio::steady_timer& timer) : on_(on), timer_(&timer) {
            on.waiting_.insert(timer_);
            on.end_waits_if_all_wait();
        }
        wait(const wait&) = delete;
        wait& operator=(const wait&) = delete;
        ~wait() { on_.waiting_.erase(timer_); }

        [[nodiscard]] bool active() const { return on_.waiting_.contains(timer_); }

    private:
        device_share& on_;
        boost::asio::steady_timer* timer_;
    };

    list_cache list;
    async_semaphore refreshes;

private:
    // If all users wait for the list, no other user can join, so the wait can end.
    void end_waits_if_all_wait() {
        if (waiting_.empty() || waiting_.size() < list.readers()) return;
        list.end_pause();
        for (boost::asio::steady_timer* timer : std::exchange(waiting_, {})) timer->cancel();
    }

    std::set<boost::asio::steady_timer*> waiting_;
};

class monitor_task;

/// Owner of monitors. Called on the event loop's thread.
class monitor_owner {
public:
    virtual ~monitor_owner() = default;
    /// Called after each refresh. @param synced The group matches the file. @param took Duration until @p now.
    virtual void on_refresh(bool synced, std::chrono::nanoseconds took, std::chrono::steady_clock::time_point now) = 0;
    /// Called when `verify` may have changed.
    virtual void on_configured(const monitor_task& configured) = 0;
    /// Called once, after the handlers.
    virtual void on_end(monitor_task& ended) = 0;
};

/// State shared by the monitors of a service.
struct monitor_host {
    boost::asio::any_io_executor events;
    device_executor& executor;
    dm::kernel& kernel;
    std::shared_ptr<device_share> share;
    std::chrono::steady_clock::time_point now;
    /// A list begun after this time is recent enough for a new monitor.
    std::chrono::steady_clock::time_point listed_since;
    /// nullptr: counters of deleted regions are not kept beyond the monitor.
    std::shared_ptr<counter_store> store;
    /// Copy of `service_options::counter_cache_ttl`.
    std::chrono::milliseconds counter_cache_ttl{};
    std::shared_ptr<const logger> log;
    std::weak_ptr<monitor_owner> owner;
};

/// Returns true if the refresh brought the group into agreement with the file.
[[nodiscard]] bool is_sync(const refresh_result& findings) noexcept;

/// Executes the actions of `monitor_fsm` for one file. Runs on the event loop's thread, except for its jobs on the
/// device's strand. At most one job of a refresh runs at a time; loop and job use the task's state alternately. One job
/// that reads counters may run beside it; of the shared state, that job only calls `group_sync::carry_lost`.
class monitor_task : public std::enable_shared_from_this<monitor_task> {
public:
    monitor_task(const monitor_host& host, monitor_config config, device_id device,
                 std::unique_ptr<fs::file_tracker> file, monitor_handlers handlers);

    /// Starts the monitor. Its end is reported to the handlers and the owner. @param hub nullptr: no watches.
    void start(std::shared_ptr<fs::watch_hub> hub, std::chrono::steady_clock::time_point now);

    [[nodiscard]] device_id device() const noexcept { return device_; }

    [[nodiscard]] boost::asio::any_io_executor get_executor() { return events_; }
    [[nodiscard]] const monitor_status& status() const noexcept { return status_; }
    [[nodiscard]] const fs::file_identity& file() const noexcept { return reported_file_; }
    [[nodiscard]] std::optional<std::chrono::milliseconds> verify() const noexcept { return config_.verify; }

    /// Passes an event to the state machine. @param at Current time.
    void notify(monitor_event what, std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now());
    void stop(stop_policy regions = stop_policy::as_configured);
    void configure(const monitor_config& config);
    [[nodiscard]] std::shared_ptr<detail::async_event> request_sync();
    [[nodiscard]] std::shared_ptr<detail::reading> request_read();
    [[nodiscard]] std::shared_ptr<detail::async_event> await_end();
    /// Switches to polling, because inotify delivers no more events.
    void unwatch();

private:
    using clock = std::chrono::steady_clock;

    /// @param now Time of the caller.
    void wake(clock::time_point now);
    boost::asio::awaitable<void> run(clock::time_point now);
    boost::asio::awaitable<void> refresh_with_permit(monitor_fsm::refresh what);
    void on_idle(std::exception_ptr thrown);

    boost::asio::awaitable<refresh_result> refresh(monitor_fsm::refresh what);
    boost::asio::awaitable<refresh_result> refresh_for_waiters(monitor_fsm::refresh what);
    boost::asio::awaitable<void> end(monitor_fsm::end how);
    boost::asio::awaitable<void> continue_round();
    boost::asio::awaitable<void> await_due();
    boost::asio::awaitable<void> remove_regions();
    boost::asio::awaitable<std::chrono::nanoseconds> blocking(device_executor::job job);

    void read_next_part();
    void end_reading(error_code outcome);
    boost::asio::awaitable<void> await_reading();

    void begin_refresh(monitor_fsm::refresh what, fs::watch_hub* hub, const monitor_config* configured,
                       clock::time_point asked_at);
    bool watch(const fs::file_snapshot& at, fs::watch_hub* hub);
    void watch_next_write(const fs::file_snapshot& at, fs::watch_hub& hub);
    void on_watch_failure(const failure& refused);
    void reset_watches();
    void begin_round(fs::file_snapshot at, bool map, bool confirm_group, clock::time_point asked_at);
    void configure_sync(const monitor_config& config);
    void remember(const fs::extent_map& map, const fs::file_snapshot& at);
    void report(refresh_result& result);
    void update_status(const refresh_result& findings);
    void fail(std::exception_ptr thrown);
    void report_end(monitor_end how);
    void log(log_level level, const std::string& text) const;
    enum class topic { failure, missing, not_mapped, bridged, watching, not_stored };
    void log_once(topic about, log_level level, const std::string& text);
    void log_failure(const failure& failed, const std::string& partly);
    void log_lookup();
    void log_missing(const refresh_result& findings);
    void log_not_watched(const failure& refused);
    void log_not_mapped();
    void log_watching();
    [[nodiscard]] std::string totals_text() const;
    void log_carried() const;
    void log_removed() const;

    boost::asio::any_io_executor events_;
    device_executor& executor_;
    std::shared_ptr<const logger> log_;
    monitor_config config_;
    device_id device_;
    std::unique_ptr<fs::file_tracker> file_;
    bool holds_file_open_ = false;
    monitor_handlers handlers_;
    std::weak_ptr<monitor_owner> owner_;

    monitor_fsm fsm_;
    // A list begun after this time is new enough for the next refresh.
    clock::time_point asked_at_;
    // nullptr while idle without a deadline: then `run` has returned and uses no memory.
    std::unique_ptr<boost::asio::steady_timer> timer_;
    std::atomic<bool> stop_requested_ = false;

    std::shared_ptr<fs::watch_hub> hub_;
    fs::watch_hub::subscription write_watch_;
    fs::watch_hub::subscription file_watch_;
    fs::watch_hub::subscription directory_watch_;

    // Findings of the refresh in progress.
    struct refresh_state {
        refresh_result result;
        // Set if a required watch is missing.
        std::optional<failure> not_watched;
        // Watches of a missing file, which may be about to deliver the reason.
        std::vector<fs::watch_hub::subscription> superseded;
        // Time of a write while the watch for the next write was not set.
        std::optional<clock::time_point> written_at;
        bool round_begun = false;
        std::optional<failure> not_mapped;
    };

    std::shared_ptr<device_share> share_;
    // Held while the refresh has open descriptors.
    std::optional<async_semaphore::permit> permit_;
    std::unique_ptr<refresh_state> refresh_state_;
    bool round_done_ = true;

    // Size and block count. If both are as in the last map, the extents are most likely unchanged.
    struct extent_hint {
        off_t size = 0;
        blkcnt_t blocks = 0;
        friend bool operator==(const extent_hint&, const extent_hint&) = default;
    };
    [[nodiscard]] static extent_hint extent_hint_of(const struct stat& status) noexcept {
        return {status.st_size, status.st_blocks};
    }

    // Size and block count at the last map.
    extent_hint mapped_hint_;
    fs::file_identity mapped_identity_;
    std::size_t extents_ = 0;
    bool awaits_allocation_ = false;
    // Value of `awaits_allocation_` at the previous map.
    bool awaited_allocation_ = false;
    bool past_end_ = false;
    sectors shared_;
    std::string not_mapped_;

    using waiters = std::vector<std::shared_ptr<detail::async_event>>;
    static void finish_all(waiters& waiting, error_code outcome);

    monitor_status status_;
    // Copy for the event loop, because a job may be changing `mapped_identity_`.
    fs::file_identity reported_file_;
    waiters wait_for_sync_;
    waiters wait_for_this_refresh_;
    waiters wait_for_end_;
    bool started_ = false;

    // Settings for the next refresh, because a job may be using `sync_`.
    std::shared_ptr<const monitor_config> configured_next_;

    dm::statistics device_statistics_;
    std::chrono::milliseconds counter_cache_ttl_;
    struct readings {
        explicit readings(dm::statistics device) noexcept : part(device) {}

        /// Reads the next part. Called in a job.
        void advance(group_sync& of);

        // Reading in progress, if any.
        std::shared_ptr<detail::reading> asked;
        counter_reader part;
        bool done = false;

        monotonic_counters told;
        std::shared_ptr<detail::reading> last;
        clock::time_point last_at;
    };
    // nullptr until counters are requested.
    std::unique_ptr<readings> readings_;
    bool reading_stopped_ = false;

    group_sync sync_;
    std::optional<group_id> logged_group_;
    // The last log line for each topic.
    std::map<topic, std::string> logged_;
    bool watching_ = false;
};

}  // namespace filemap
