#include "dmfilemapd/metrics/shared_snapshots.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <exception>
#include <utility>

namespace dmfilemapd::metrics {

namespace asio = boost::asio;

using clock = std::chrono::steady_clock;

/// Snapshot that is taken or reused. The waiting requests own it; the event loop owns it while it is reused.
struct shared_snapshots::one : std::enable_shared_from_this<one> {
    explicit one(const asio::any_io_executor& events) : timer(events, clock::time_point::max()) {}

    // Compares with the clock, because the handler of an expired timer may not have run yet.
    [[nodiscard]] bool is_good() const { return !complete || clock::now() < timer.expiry(); }

    void keep(clock::duration time) {
        complete = true;
        // Changing the expiry also wakes the waiting requests.
        timer.expires_after(time);
        timer.async_wait([self = shared_from_this()](boost::system::error_code) {});
    }

    // Wakes the waiting requests when the scrape completes. After that, measures how long the snapshot is reused.
    asio::steady_timer timer;
    bool complete = false;
    std::shared_ptr<const snapshot> taken;
    std::exception_ptr failed;
};

shared_snapshots::shared_snapshots(const source& of, std::chrono::milliseconds reused_for,
                                   std::chrono::milliseconds patience)
    : of_(of), reused_for_(reused_for), patience_(patience) {}

shared_snapshots::~shared_snapshots() = default;

std::shared_ptr<shared_snapshots::one> shared_snapshots::begin(const asio::any_io_executor& events) {
    const auto begun = std::make_shared<one>(events);
    last_ = begun;
    asio::co_spawn(events, scrape(events, of_, patience_),
                   [begun, time = reused_for_](std::exception_ptr why, std::shared_ptr<const snapshot> taken) {
                       begun->taken = std::move(taken);
                       begun->failed = std::move(why);
                       begun->keep(begun->failed ? std::chrono::milliseconds::zero() : time);
                   });
    return begun;
}

asio::awaitable<std::shared_ptr<const snapshot>> shared_snapshots::take(asio::any_io_executor events) {
    std::shared_ptr<one> mine = last_.lock();
    if (!mine || !mine->is_good()) mine = begin(events);
    while (!mine->complete) co_await mine->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (mine->failed) std::rethrow_exception(mine->failed);
    co_return mine->taken;
}

}  // namespace dmfilemapd::metrics
