// A host with one event-loop thread and a timer of its own remaps many files. Every message to the kernel takes ten
// ticks of that timer.

#include "unit/filemap/service/service_fixture.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <iostream>
#include <thread>

using namespace filemap;
using namespace filemap::test;

namespace {

using clock = std::chrono::steady_clock;

class ticking_host {
public:
    static constexpr std::chrono::milliseconds period{1};

    explicit ticking_host(asio::io_context& events) : timer_(events) {
        timer_.expires_after(period);
        wait();
    }

    /// Waits for ticks. Called on another thread. @return True if this many ticks have passed.
    bool outlast_ticks(std::uint64_t count) {
        std::unique_lock lock(mutex_);
        const std::uint64_t until = ticks_ + count;
        return ticked_.wait_for(lock, 20s, [&] { return over_ || ticks_ >= until; });
    }

    std::uint64_t ticks() {
        const std::lock_guard lock(mutex_);
        return ticks_;
    }

    clock::duration latest() const { return latest_; }

    void end() {
        timer_.cancel();
        const std::lock_guard lock(mutex_);
        over_ = true;
        ticked_.notify_all();
    }

private:
    void wait() {
        timer_.async_wait([this](error_code error) {
            if (error) return;
            latest_ = std::max(latest_, clock::now() - timer_.expiry());
            {
                const std::lock_guard lock(mutex_);
                ++ticks_;
            }
            ticked_.notify_all();
            timer_.expires_after(period);
            wait();
        });
    }

    asio::steady_timer timer_;
    std::mutex mutex_;
    std::condition_variable ticked_;
    std::uint64_t ticks_ = 0;
    clock::duration latest_{};
    bool over_ = false;
};

struct host_fixture : service_fixture {
    static constexpr unsigned files_on_each_device = 25, devices = 4, message_ticks = 10;

    host_fixture() {
        for (unsigned minor = 0; minor < devices; ++minor) {
            kernel.add_device(device_id{253, minor}, sectors{1 << 20});
            for (unsigned n = 0; n < files_on_each_device; ++n)
                follow(name_of(minor, n), {range(1000 * n, 8)}, device_id{253, minor});
        }
    }

    ~host_fixture() { host.end(); }

    static std::string name_of(unsigned minor, unsigned n) { return std::to_string(minor) + '_' + std::to_string(n); }

    void make_messages_take_ticks() {
        kernel.before_each_message([this](std::uint64_t, device_id, std::string_view) {
            if (std::this_thread::get_id() == loop) {
                ++on_the_loop;
            } else if (!host.outlast_ticks(message_ticks)) {
                ++blocked;
            }
            return error_code();
        });
    }

    void remap_all() {
        unsigned n = 0;
        for (const auto& file : files) {
            file->extents->lies_at({range(1000 * (n++ % files_on_each_device) + 500, 8)});
            file->handle->async_sync([this](error_code error) { error ? ++failed : ++remapped; });
        }
    }

    ticking_host host{io};
    const std::thread::id loop = std::this_thread::get_id();
    std::atomic<unsigned> on_the_loop = 0, blocked = 0;
    unsigned remapped = 0, failed = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_loop, host_fixture)

BOOST_AUTO_TEST_CASE(host_ticks_continue_during_remap) {
    start();
    BOOST_TEST_REQUIRE(run_until([this] {
        return std::ranges::all_of(files, [](const auto& file) { return file->handle->status().syncs > 0; });
    }));
    make_messages_take_ticks();
    const std::uint64_t ticks_before = host.ticks();
    remap_all();
    const unsigned all = devices * files_on_each_device;
    BOOST_TEST(run_until([&] { return remapped + failed == all; }));
    const std::uint64_t messages = kernel.messages(), ticks = host.ticks() - ticks_before;
    host.end();

    BOOST_TEST(remapped == all);
    // A message sent on the event loop's thread would observe no tick.
    BOOST_TEST(on_the_loop == 0U);
    BOOST_TEST(blocked == 0U);
    // Each file needs at least one new region, and a device handles one message at a time.
    BOOST_TEST(messages >= all);
    BOOST_TEST(ticks >= files_on_each_device * message_ticks);
    std::cout << "host loop: " << all << " files remapped by " << messages << " messages of " << message_ticks
              << " ticks in " << ticks << " ticks of 1 ms; blocked messages " << blocked << "; latest tick "
              << std::chrono::duration_cast<std::chrono::microseconds>(host.latest()).count() << " us late\n";
}

BOOST_AUTO_TEST_SUITE_END()
