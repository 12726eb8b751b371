#include "shared_snapshots.hpp"

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

struct shared_snapshots::one {
    explicit one(const asio::any_io_executor& events) : timer(events, clock::time_point::max()) {}

    // Until it is complete those wait here who want it; then it is kept as long as this runs.
    asio::steady_timer timer;
    bool complete = false;
    std::shared_ptr<const snapshot> taken;
    std::exception_ptr failed;
};

struct shared_snapshots::state : std::enable_shared_from_this<state> {
    state(const source& from, std::chrono::milliseconds keep, std::chrono::milliseconds silence)
        : of(from), reused_for(keep), patience(silence) {}

    // The timer may have run out and not have been told of.
    [[nodiscard]] bool is_good() const { return last && (!last->complete || clock::now() < last->timer.expiry()); }

    void begin(const asio::any_io_executor& events) {
        last = std::make_shared<one>(events);
        asio::co_spawn(
            events, scrape(events, of, patience),
            [self = shared_from_this(), begun = last](std::exception_ptr why, std::shared_ptr<const snapshot> taken) {
                begun->complete = true;
                begun->taken = std::move(taken);
                begun->failed = std::move(why);
                self->keep(begun);
            });
    }

    void keep(const std::shared_ptr<one>& complete) {
        // Which wakes those who wait, too.
        complete->timer.expires_after(complete->failed ? clock::duration::zero() : reused_for);
        complete->timer.async_wait([self = weak_from_this(), complete](boost::system::error_code) {
            const auto alive = self.lock();
            if (alive && alive->last == complete) alive->last.reset();
        });
    }

    const source& of;
    clock::duration reused_for;
    std::chrono::milliseconds patience;
    // The one that is being taken, or is still given to who asks.
    std::shared_ptr<one> last;
};

shared_snapshots::shared_snapshots(const source& of, std::chrono::milliseconds reused_for,
                                   std::chrono::milliseconds patience)
    : state_(std::make_shared<state>(of, reused_for, patience)) {}

shared_snapshots::~shared_snapshots() = default;

asio::awaitable<std::shared_ptr<const snapshot>> shared_snapshots::take(asio::any_io_executor events) {
    if (!state_->is_good()) state_->begin(events);
    const std::shared_ptr<one> mine = state_->last;
    while (!mine->complete) co_await mine->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (mine->failed) std::rethrow_exception(mine->failed);
    co_return mine->taken;
}

}  // namespace dmfilemapd::metrics
