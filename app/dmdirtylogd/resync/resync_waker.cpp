#include "dmdirtylogd/resync/resync_waker.hpp"

#include "async/blocking_call.hpp"
#include "dmdirtylogd/dm/dm_tables.hpp"

#include <utility>

namespace dmdirtylogd {

resync_waker::resync_waker(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, std::string uuid,
                           dirtylog::logger log)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      timer_(events_),
      uuid_(std::move(uuid)),
      log_(std::move(log)) {}

std::shared_ptr<resync_waker> resync_waker::make(boost::asio::any_io_executor events,
                                                 boost::asio::any_io_executor blocking, std::string uuid,
                                                 dirtylog::logger log) {
    // The object lives until the timer and the threads release it.
    const std::shared_ptr<resync_waker> made(
        new resync_waker(std::move(events), std::move(blocking), std::move(uuid), std::move(log)));
    return {made.get(), [made](resync_waker*) { made->stop(); }};
}

void resync_waker::wake_at(time_point when) {
    due_ = when;
    if (!std::exchange(is_busy_, true)) arm();
}

void resync_waker::stop() {
    stopped_ = true;
    due_.reset();
    timer_.cancel();
}

void resync_waker::arm() {
    timer_.expires_at(*due_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        if (self->due_) {
            self->wake();
        } else {
            self->is_busy_ = false;
        }
    });
}

void resync_waker::wake() {
    // A later request needs another wake-up.
    due_.reset();
    auto failed = std::make_shared<std::optional<dirtylog::failure>>();
    filemap::async_blocking_call(
        events_, blocking_,
        [failed, uuid = uuid_] {
            if (auto read = read_mirror(uuid); !read) failed->emplace(read.error());
        },
        [self = shared_from_this(), failed](std::exception_ptr) { self->on_woken(*failed); });
}

void resync_waker::on_woken(const std::optional<dirtylog::failure>& failed) {
    if (failed && !stopped_ && !std::exchange(failure_logged_, true))
        log_(
            dirtylog::log_level::warning,
            "log " + uuid_ + ": cannot wake the resync; the rest is copied when the mirror is used: " + failed->text());
    is_busy_ = due_.has_value();
    if (is_busy_) arm();
}

}  // namespace dmdirtylogd
