#include "bounded_jobs.hpp"

#include "blocking_call.hpp"

#include <algorithm>
#include <utility>

namespace filemap {

bounded_jobs::bounded_jobs(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, limits bounds,
                           handlers handle)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      limits_(bounds),
      handle_(std::move(handle)),
      timer_(events_) {}

void bounded_jobs::add(number job) {
    waiting_.push_back(job);
    begin_more();
}

void bounded_jobs::close() {
    closed_ = true;
    waiting_.clear();
    timer_.cancel();
}

void bounded_jobs::begin_more() {
    while (!waiting_.empty() && running_.size() < limits_.at_once + std::min(hanging_, limits_.hanging)) {
        const number job = waiting_.front();
        waiting_.pop_front();
        std::function<void()> work = handle_.begin(job);
        if (!work) continue;
        running_[job] = {clock::now()};
        watch();
        async_blocking_call(events_, blocking_, std::move(work), [self = shared_from_this(), job](std::exception_ptr) {
            if (!self->closed_) self->finish(job);
        });
    }
}

void bounded_jobs::finish(number job) {
    const auto done = running_.extract(job);
    if (done.mapped().hangs) --hanging_;
    if (running_.empty()) timer_.cancel();
    handle_.end(job);
    if (!closed_) begin_more();
}

void bounded_jobs::watch() {
    if (std::exchange(watching_, true)) return;
    timer_.expires_after(limits_.hang_after);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->watching_ = false;
        if (!self->closed_ && !self->running_.empty()) self->look_for_hanging();
    });
}

void bounded_jobs::look_for_hanging() {
    const auto now = clock::now();
    std::vector<number> hanging;
    for (auto& [job, state] : running_) {
        if (state.hangs || now - state.since < limits_.hang_after) continue;
        state.hangs = true;
        hanging.push_back(job);
    }
    hanging_ += hanging.size();
    for (const number job : hanging) {
        if (!closed_) handle_.hangs(job);
    }
    if (closed_) return;
    // Of those that hang nothing more is to be found out.
    if (hanging_ < running_.size()) watch();
    begin_more();
}

}  // namespace filemap
