// Readings of counters: sharing between callers, caching, abort at the monitor's end.
#include "monitor/monitor_task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace filemap {
namespace asio = boost::asio;

std::shared_ptr<detail::reading> monitor_task::request_read() {
    const auto refused = [this](error_code why) {
        auto told = std::make_shared<detail::reading>(get_executor());
        told->done.finish(why);
        return told;
    };
    if (status_.end || reading_stopped_) return refused(asio::error::operation_aborted);
    // A monitor that does not run yet has no owner to keep its reading alive.
    if (!started_) return refused(make_error_code(boost::system::errc::resource_unavailable_try_again));
    if (!readings_) readings_ = std::make_unique<readings>(device_statistics_);
    if (readings_->asked) return readings_->asked;
    if (readings_->last && clock::now() - readings_->last_at < counter_cache_ttl_) return readings_->last;

    readings_->asked = std::make_shared<detail::reading>(get_executor());
    readings_->part = counter_reader(device_statistics_);
    read_next_part();
    return readings_->asked;
}

void monitor_task::read_next_part() {
    const auto finish = [self = shared_from_this()](std::exception_ptr thrown, std::chrono::nanoseconds) {
        // The job throws nothing else.
        if (thrown) return self->end_reading(make_error_code(boost::system::errc::not_enough_memory));
        if (self->status_.end || self->reading_stopped_) return self->end_reading(asio::error::operation_aborted);
        if (!self->readings_->done) return self->read_next_part();
        self->end_reading(self->readings_->part.failed());
    };
    device_executor::job read = [self = shared_from_this()](clock::time_point) {
        self->readings_->advance(self->sync_);
    };
    executor_.async_run(device_, std::move(read), finish);
}

// Stores lost counts before completing readers, so reported totals stay monotonic across a crash.
void monitor_task::readings::advance(group_sync& of) {
    done = part.advance(of);
    if (!done || part.failed()) return;
    if (const auto lost = told.raise(part.counters(), part.settled(), part.restarts())) of.carry_lost(*lost);
}

void monitor_task::end_reading(error_code outcome) {
    const auto asked = std::exchange(readings_->asked, nullptr);
    if (!outcome) {
        asked->counters = std::move(readings_->part.counters());
        readings_->last = asked;
        readings_->last_at = clock::now();
    }
    readings_->part = counter_reader(device_statistics_);
    asked->done.finish(outcome);
}

// A reading uses the device's strand, which no monitor may outlive.
asio::awaitable<void> monitor_task::await_reading() {
    reading_stopped_ = true;
    while (readings_ && readings_->asked) {
        const auto under_way = readings_->asked;
        co_await under_way->done.timer().async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace filemap
