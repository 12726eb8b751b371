#include "dmfilemapd/hot/hot_spot_scan.hpp"

#include "async/blocking_call.hpp"
#include "common/cli/startup_error.hpp"
#include "dmfilemapd/hot/hot_json.hpp"
#include "dmfilemapd/hot/hot_regions.hpp"
#include "dmfilemapd/hot/hot_spots.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace dmfilemapd {

namespace asio = boost::asio;
namespace dm = filemap::dm;
using clock = std::chrono::steady_clock;
using filemap::hot_spots;

namespace {

constexpr std::chrono::milliseconds interval{250};
constexpr std::chrono::seconds max_hunt{30};
constexpr std::size_t max_files_named = 10;
constexpr std::size_t max_hunts = 4;
// Limit of files compared before the event loop runs other work.
constexpr std::size_t files_at_once = 200;
constexpr const char* device_is_hunted = "another hunt for hot spots is under way on the device";

/// Temporary region and the counters read from it.
struct probed_region {
    filemap::region_id id;
    clock::time_point made_at;
    std::vector<dm::area_counters> rows;
    /// Age of the region when its counters were read.
    clock::duration counted_for{};
};

}  // namespace

struct hot_spot_scan::state : std::enable_shared_from_this<hot_spot_scan::state> {
    /// A running scan.
    struct scan {
        scan(const asio::any_io_executor& events, std::string at, std::function<void(std::string)> to)
            : node(std::move(at)), told(std::move(to)), timer(events) {}

        void give_up() {
            given_up = true;
            timer.cancel();
        }

        std::string node;
        std::function<void(std::string)> told;
        asio::steady_timer timer;
        clock::time_point begun = clock::now();
        dm_device device;
        bool given_up = false;
        // Another scan has its region on the device.
        bool is_second = false;
    };

    state(filemap::service& on, const filemap::file_set& of, asio::any_io_executor threads, filemap::logger to)
        : service(on),
          files(of),
          events(on.get_executor()),
          blocking(std::move(threads)),
          log(std::move(to)),
          changed(events) {}

    asio::awaitable<void> ask(filemap::device_id device, std::function<void(dm::statistics&)> job) {
        co_await service.async_call(device, std::move(job), asio::use_awaitable);
    }
    asio::awaitable<void> work(std::function<void()> job) {
        co_await filemap::async_blocking_call(events, blocking, std::move(job), asio::use_awaitable);
    }

    asio::awaitable<void> clean(filemap::device_id device);
    asio::awaitable<void> clean_all();
    asio::awaitable<void> hunt_once(std::shared_ptr<scan> one);
    asio::awaitable<void> refine(scan& one, hot_spots& found);
    asio::awaitable<void> name_spots(scan& one, const hot_spots& found);
    asio::awaitable<std::map<filemap::group_id, std::string>> paths_of(filemap::device_id device,
                                                                       const std::vector<sectors_of_groups>& wanted);
    [[nodiscard]] bool is_second(const scan& one) const;
    void ended(const std::shared_ptr<scan>& one, const control::completion& done, const std::exception_ptr& why);

    filemap::service& service;
    const filemap::file_set& files;
    asio::any_io_executor events;
    asio::any_io_executor blocking;
    filemap::logger log;
    std::vector<std::shared_ptr<scan>> scans;
    bool stopping = false;
    /// Notified when a scan ends and when `stop` is called.
    asio::steady_timer changed;
};

asio::awaitable<void> hot_spot_scan::state::clean(filemap::device_id device) {
    std::function<void(dm::statistics&)> remove = [](dm::statistics& on) { remove_hot_regions(on); };
    co_await ask(device, std::move(remove));
}

asio::awaitable<void> hot_spot_scan::state::clean_all() {
    const auto devices = std::make_shared<std::vector<filemap::device_id>>();
    std::function<void()> list = [devices] { *devices = list_dm_devices(); };
    co_await work(std::move(list));
    for (const filemap::device_id device : *devices) {
        // Cleans each device in its own coroutine, so that a hung device does not delay other devices.
        asio::co_spawn(events, clean(device), [self = shared_from_this(), device](const std::exception_ptr& why) {
            if (why)
                self->log(filemap::log_level::debug, "what a hunt for hot spots may have left on device " +
                                                         to_string(device) + ": " + app::cause_of(why));
        });
    }
}

asio::awaitable<void> hot_spot_scan::state::refine(scan& one, hot_spots& found) {
    const auto now = std::make_shared<probed_region>();
    for (auto next = found.begin(); next != hot_spots::action::done; next = found.resume(now->rows, now->counted_for)) {
        if (next == hot_spots::action::probe) {
            one.told(line_of_probe(found.probed(), found.step()));
            std::function<void(dm::statistics&)> replace = [now, range = found.probed(),
                                                            step = found.step()](dm::statistics& on) {
                remove_hot_regions(on);
                now->id = make_hot_region(on, range, step);
                now->made_at = clock::now();
            };
            co_await ask(one.device.id, std::move(replace));
        }
        if (one.given_up) co_return;
        one.timer.expires_after(interval);
        co_await one.timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (one.given_up || clock::now() - one.begun > max_hunt) co_return;
        std::function<void(dm::statistics&)> read = [now](dm::statistics& on) {
            auto counted = on.print(now->id);
            if (!counted) throw app::startup_error(counted.error().text());
            now->rows = std::move(*counted);
            now->counted_for = clock::now() - now->made_at;
        };
        co_await ask(one.device.id, std::move(read));
    }
}

asio::awaitable<std::map<filemap::group_id, std::string>> hot_spot_scan::state::paths_of(
    filemap::device_id device, const std::vector<sectors_of_groups>& wanted) {
    std::map<filemap::group_id, std::string> paths;
    std::string last;
    std::size_t seen = 0;
    do {
        seen = files.for_each_after(last, files_at_once, [&](const filemap::file_info& file) {
            last = file.request.path;
            if (!file.status || file.status->device != device || !file.status->group) return;
            const filemap::group_id group = *file.status->group;
            const auto has = [group](const sectors_of_groups& groups) { return groups.contains(group); };
            if (std::ranges::any_of(wanted, has)) paths.emplace(group, last);
        });
        co_await asio::post(events, asio::use_awaitable);
    } while (seen == files_at_once);
    co_return paths;
}

asio::awaitable<void> hot_spot_scan::state::name_spots(scan& one, const hot_spots& found) {
    const auto spots = std::make_shared<std::vector<filemap::hot_spot>>(found.spots());
    if (spots->empty()) co_return;
    const auto groups = std::make_shared<std::vector<sectors_of_groups>>();
    std::function<void(dm::statistics&)> list = [spots, groups](dm::statistics& on) {
        *groups = groups_at(on, *spots);
    };
    co_await ask(one.device.id, std::move(list));
    const auto paths = co_await paths_of(one.device.id, *groups);
    for (std::size_t at = 0; at < spots->size(); ++at) {
        std::vector<file_in_spot> there;
        for (const auto& [group, sectors] : (*groups)[at]) {
            if (const auto path = paths.find(group); path != paths.end()) there.push_back({path->second, sectors});
        }
        std::ranges::stable_sort(there, std::ranges::greater{}, &file_in_spot::sectors);
        if (there.size() > max_files_named) there.resize(max_files_named);
        one.told(line_of_spot((*spots)[at], found.all(), there));
    }
}

asio::awaitable<void> hot_spot_scan::state::hunt_once(std::shared_ptr<scan> one) {
    const auto device = std::make_shared<dm_device>();
    std::function<void()> find = [one, device] { *device = find_dm_device(one->node); };
    co_await work(std::move(find));
    one->device = *device;
    one->is_second = is_second(*one);
    if (one->given_up || one->is_second) co_return;
    one->told(line_of_device(one->node, one->device));
    hot_spots found(one->device.size);
    std::exception_ptr failed;
    try {
        co_await refine(*one, found);
    } catch (...) {
        failed = std::current_exception();
    }
    co_await clean(one->device.id);
    if (failed) std::rethrow_exception(failed);
    if (one->given_up) co_return;
    co_await name_spots(*one, found);
    const auto taken = clock::now() - one->begun;
    one->told(line_of_end(found, taken, taken <= max_hunt));
}

bool hot_spot_scan::state::is_second(const scan& one) const {
    return std::ranges::any_of(scans, [&one](const std::shared_ptr<scan>& other) {
        return other.get() != &one && !other->is_second && other->device.id == one.device.id;
    });
}

void hot_spot_scan::state::ended(const std::shared_ptr<scan>& one, const control::completion& done,
                                 const std::exception_ptr& why) {
    std::erase(scans, one);
    changed.cancel();
    if (one->is_second) return done(control::refused{control::refused::cause::conflict, device_is_hunted});
    if (!why) return done({});
    done(control::refused{control::refused::cause::failed, app::cause_of(why)});
}

hot_spot_scan::hot_spot_scan(filemap::service& service, const filemap::file_set& files, asio::any_io_executor blocking,
                             filemap::logger log)
    : state_(std::make_shared<state>(service, files, std::move(blocking), std::move(log))) {}

hot_spot_scan::~hot_spot_scan() = default;

std::function<void()> hot_spot_scan::start(const std::string& device, std::function<void(std::string)> told,
                                           control::completion done) {
    if (state_->stopping) {
        done(control::refused{control::refused::cause::conflict, "the service is ending"});
        return [] {};
    }
    if (state_->scans.size() >= max_hunts) {
        done(control::refused{control::refused::cause::conflict, "too many hunts for hot spots are under way"});
        return [] {};
    }
    const auto one = std::make_shared<state::scan>(state_->events, device, std::move(told));
    state_->scans.push_back(one);
    asio::co_spawn(
        state_->events, state_->hunt_once(one),
        [self = state_, one, done = std::move(done)](const std::exception_ptr& why) { self->ended(one, done, why); });
    return [one] { one->give_up(); };
}

void hot_spot_scan::stop() {
    state_->stopping = true;
    for (const auto& one : state_->scans) one->give_up();
    state_->changed.cancel();
}

asio::any_io_executor hot_spot_scan::get_executor() const {
    return state_->events;
}

asio::awaitable<void> hot_spot_scan::run(std::shared_ptr<state> self) {
    // Listing the devices may wait for threads that file systems block, so it does not delay shutdown.
    asio::co_spawn(self->events, self->clean_all(), [self](const std::exception_ptr& why) {
        if (why) self->log(filemap::log_level::debug, "what hunts for hot spots may have left: " + app::cause_of(why));
    });
    while (!self->stopping) {
        self->changed.expires_at(clock::time_point::max());
        co_await self->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    // Shutdown does not wait for a hung device, like that of the monitors.
    const auto limit = clock::now() + filemap::service_options{}.stop_timeout;
    while (!self->scans.empty() && clock::now() < limit) {
        self->changed.expires_at(limit);
        co_await self->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace dmfilemapd
