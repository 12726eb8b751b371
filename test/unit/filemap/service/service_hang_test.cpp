#include "async/hang_detector.hpp"
#include "unit/filemap/service/service_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <set>
#include <thread>

using namespace filemap;
using namespace filemap::test;

namespace {

/// Kernel hook that blocks the creation of regions on some devices until they are released.
class hanging_devices {
public:
    hanging_devices(dm::simulated_kernel& kernel, std::set<device_id> devices) : kernel_(kernel) {
        shared_->devices = std::move(devices);
        kernel.before_each_message([shared = shared_](std::uint64_t, device_id device, std::string_view text) {
            std::unique_lock lock(shared->mutex);
            if (!text.starts_with("@stats_create") || !shared->devices.contains(device)) return error_code{};
            shared->reached.insert(device);
            shared->condition.wait(lock, [&] { return !shared->devices.contains(device); });
            return error_code{};
        });
    }
    hanging_devices(const hanging_devices&) = delete;
    hanging_devices& operator=(const hanging_devices&) = delete;
    ~hanging_devices() {
        release();
        kernel_.before_each_message({});
    }

    [[nodiscard]] bool hang(std::size_t count) const {
        const std::lock_guard lock(shared_->mutex);
        return shared_->reached.size() == count;
    }

    [[nodiscard]] bool has_reached(device_id device) const {
        const std::lock_guard lock(shared_->mutex);
        return shared_->reached.contains(device);
    }

    void release() const {
        {
            const std::lock_guard lock(shared_->mutex);
            shared_->devices.clear();
        }
        shared_->condition.notify_all();
    }

private:
    // Shared ownership, because a thread may still run the hook after the destruction of this object.
    struct shared {
        std::mutex mutex;
        std::condition_variable condition;
        std::set<device_id> devices;
        std::set<device_id> reached;
    };

    dm::simulated_kernel& kernel_;
    std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

struct hang_fixture : service_fixture {
    hang_fixture() {
        options.idle_timeout = 20ms;
        options.hang_timeout = 60ms;
        options.stop_timeout = 100ms;
        options.on_only_hung_devices_left = [this](const std::vector<device_id>& devices) {
            ++times_left;
            left = devices;
        };
    }

    void go_on_for(std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        run_until([until] { return std::chrono::steady_clock::now() >= until; });
    }

    static device_id device(unsigned number) { return {253, number}; }

    int times_left = 0;
    std::vector<device_id> left;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_hang_suite, hang_fixture)

BOOST_AUTO_TEST_CASE(hung_device_delays_no_other) {
    hanging_devices hanging(kernel, {first_device});
    auto& stuck = follow("stuck", {range(100, 8)});
    auto& free = follow("free", {range(100, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return hanging.hang(1) && free.watching; }));
    free.extents->lies_at({range(100, 16)});
    write_to(free.path);
    BOOST_TEST(comes_to_cover({range(100, 16)}, second_device));
    BOOST_TEST(!stuck.watching);
    hanging.release();
    BOOST_TEST(run_until([&] { return stuck.watching; }));
}

BOOST_AUTO_TEST_CASE(hang_and_recovery_are_logged_once) {
    hanging_devices hanging(kernel, {first_device});
    auto& stuck = follow("stuck", {range(100, 8)});
    auto& free = follow("free", {range(100, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return times_logged("device 253:0 has not answered for ") == 1; }));
    for (std::uint64_t length = 16; length < 80; length += 8) {
        free.extents->lies_at({range(100, length)});
        write_to(free.path);
        BOOST_TEST(comes_to_cover({range(100, length)}, second_device));
    }
    hanging.release();
    BOOST_TEST(run_until([&] { return times_logged("device 253:0 answers again") == 1; }));
    BOOST_TEST(run_until([&] { return stuck.watching; }));
    BOOST_TEST(times_logged("has not answered") == 1);
}

BOOST_AUTO_TEST_CASE(hung_device_has_unanswered_call) {
    hanging_devices hanging(kernel, {first_device});
    auto& stuck = follow("stuck", {range(100, 8)});
    BOOST_TEST(!the_service().unanswered_since(first_device).has_value());
    const auto before = std::chrono::steady_clock::now();
    start();
    BOOST_TEST_REQUIRE(run_until([&] { return hanging.hang(1); }));
    const auto since = the_service().unanswered_since(first_device);
    BOOST_TEST_REQUIRE(since.has_value());
    BOOST_TEST((*since >= before));
    BOOST_TEST((*since <= std::chrono::steady_clock::now()));
    go_on_for(20ms);
    BOOST_TEST((the_service().unanswered_since(first_device) == since));
    BOOST_TEST(!the_service().unanswered_since(second_device).has_value());
    hanging.release();
    BOOST_TEST(run_until([&] { return stuck.watching && !the_service().unanswered_since(first_device); }));
}

BOOST_AUTO_TEST_CASE(ended_monitor_is_destroyed) {
    auto& other = follow("other", {range(100, 8)}, second_device);
    const std::string path = directory / "mortal";
    std::ofstream{path} << "data";
    auto access = std::make_unique<file_of_made_up_extents>(path, fs::follow_mode::path);
    access->lies_at({range(100, 8)});
    monitor_config config;
    config.path = path;
    config.follow = fs::follow_mode::path;
    config.tolerance = 10ms;
    auto held = std::make_shared<bool>(true);
    const std::weak_ptr<bool> holder = held;
    monitor_handlers handlers;
    handlers.ended = [held = std::move(held)](const monitor_end&) {};
    the_service().add(std::move(config), first_device, std::move(access), std::move(handlers));
    start();
    BOOST_TEST(run_until([&] { return other.watching; }));
    std::filesystem::remove(path);
    BOOST_TEST(run_until([&] { return holder.expired(); }));
    BOOST_TEST(!other.end);
}

BOOST_AUTO_TEST_CASE(one_thread_survives_hung_devices) {
    kernel.add_device(device(2), sectors{1 << 20});
    hanging_devices hanging(kernel, {device(0), device(1)});
    follow("stuck", {range(100, 8)}, device(0));
    follow("stuck_too", {range(100, 8)}, device(1));
    auto& free = follow("free", {range(100, 8)}, device(2));
    start();
    BOOST_TEST(run_until([&] { return hanging.hang(2) && free.watching; }));
    free.extents->lies_at({range(100, 16)});
    write_to(free.path);
    BOOST_TEST(comes_to_cover({range(100, 16)}, device(2)));
    hanging.release();
}

BOOST_AUTO_TEST_CASE(last_call_leaves_no_timer) {
    bool on_idle = false;
    options.on_idle = [&] { on_idle = true; };
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching && on_idle; }));
    io.restart();
    BOOST_TEST(io.run_for(300ms) == 0U);
}

BOOST_AUTO_TEST_CASE(stop_leaves_only_hung_monitors) {
    hanging_devices hanging(kernel, {first_device});
    auto& stuck = follow("stuck", {range(100, 8)});
    auto& behind_it = follow("behind_it", {range(300, 8)});
    auto& free = follow("free", {range(100, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return hanging.hang(1) && free.watching; }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return times_left == 1; }));
    BOOST_TEST((left == std::vector{first_device}));
    BOOST_TEST(free.end.has_value());
    BOOST_TEST(!stuck.end);
    BOOST_TEST(!behind_it.end);
    BOOST_TEST(running);

    hanging.release();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_TEST(stuck.end.has_value());
    BOOST_TEST(behind_it.end.has_value());
    BOOST_TEST(times_left == 1);
}

BOOST_AUTO_TEST_CASE(stop_abandons_hung_device_soon) {
    BOOST_TEST((service_options{}.stop_timeout + stop_pace < 2s));
}

BOOST_AUTO_TEST_CASE(stop_ends_though_every_thread_hangs) {
    std::set<device_id> all;
    for (unsigned i = 0; i < 4; ++i) {
        kernel.add_device(device(i), sectors{1 << 20});
        all.insert(device(i));
        follow("disk" + std::to_string(i), {range(100, 8)}, device(i));
    }
    hanging_devices hanging(kernel, all);
    start();
    BOOST_TEST(run_until([&] { return hanging.hang(3); }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return times_left == 1; }));
    // The fourth device has received no call.
    BOOST_TEST(left.size() == 3U);
    for (const device_id each : left) BOOST_TEST(hanging.has_reached(each));
    hanging.release();
    BOOST_TEST(run_until([&] { return !running; }));
}

BOOST_AUTO_TEST_CASE(waiting_for_thread_is_no_hang) {
    std::set<device_id> all;
    for (unsigned i = 0; i < 4; ++i) {
        kernel.add_device(device(i), sectors{1 << 20});
        all.insert(device(i));
        follow("disk" + std::to_string(i), {range(100, 8)}, device(i));
    }
    hanging_devices hanging(kernel, all);
    start();
    BOOST_TEST(run_until(
        [&] { return times_logged("has not answered for") == 3 && times_logged("could not be asked") == 1; }));
    for (const device_id each : all) {
        const bool hangs = hanging.has_reached(each);
        BOOST_TEST(times_logged("device " + to_string(each) + " has not answered for ") == (hangs ? 1 : 0));
        BOOST_TEST(times_logged("device " + to_string(each) + " could not be asked for ") == (hangs ? 0 : 1));
    }
    hanging.release();
    BOOST_TEST(run_until([&] { return covered(device(3)) == std::vector{range(100, 8)}; }));
}

BOOST_AUTO_TEST_CASE(stop_abandons_device_asked_recently) {
    options.hang_timeout = 1h;
    options.stop_timeout = 50ms;
    hanging_devices hanging(kernel, {first_device, second_device});
    follow("long", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return hanging.hang(1); }));
    go_on_for(100ms);
    follow("short", {range(100, 8)}, second_device);
    BOOST_TEST(run_until([&] { return hanging.hang(2); }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return times_left == 1; }));
    hanging.release();
    BOOST_TEST(run_until([&] { return !running; }));
}

BOOST_AUTO_TEST_CASE(stop_waits_for_slow_device) {
    std::atomic<int> messages = 0;
    kernel.before_each_message([&](std::uint64_t, device_id, std::string_view) {
        std::this_thread::sleep_for(10ms);
        ++messages;
        return error_code{};
    });
    options.stop_timeout = 10s;
    std::vector<sector_range> many;
    for (std::uint64_t i = 0; i < 40; ++i) many.push_back(range(100 + 16 * i, 8));
    auto& file = follow("disk", many);
    start();
    BOOST_TEST(run_until([&] { return messages > 5; }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::stopped));
    BOOST_TEST(times_left == 0);
}

BOOST_AUTO_TEST_SUITE_END()
