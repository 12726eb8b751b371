#include "async/blocking_queue.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace filemap {
namespace asio = boost::asio;
namespace {

// Jobs started ahead of need, so that a thread continues with the next job without the event loop.
constexpr std::size_t begun_ahead = 16;

}  // namespace

struct blocking_queue::queue {
    struct job {
        number id;
        std::function<void()> work;
    };

    /// Runs the queued jobs on a thread that may block.
    /// @param tell Called when the list of finished jobs becomes non-empty.
    template <class Tell>
    void serve(Tell tell) {
        std::unique_lock lock(mutex);
        while (!ready.empty() && threads <= max_threads) {
            job next = std::move(ready.front());
            ready.pop_front();
            running[next.id] = clock::now();
            lock.unlock();
            try {
                next.work();
            } catch (...) {
                // The job has ended; its owner handles the result.
            }
            next.work = nullptr;
            lock.lock();
            running.erase(next.id);
            done.push_back(next.id);
            if (done.size() == 1) tell();
        }
        --threads;
    }

    std::mutex mutex;
    std::deque<job> ready;
    // Running jobs, with the time of their start.
    std::map<number, clock::time_point> running;
    std::vector<number> done;
    std::size_t threads = 0;
    std::size_t max_threads = 0;
};

blocking_queue::blocking_queue(asio::any_io_executor events, asio::any_io_executor blocking, limits bounds,
                               handlers handle)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      limits_(bounds),
      handle_(std::move(handle)),
      timer_(events_),
      queue_(std::make_shared<queue>()) {}

void blocking_queue::add(number job) {
    waiting_.push_back(job);
    begin_more();
}

void blocking_queue::close() {
    closed_ = true;
    waiting_.clear();
    timer_.cancel();
    const std::scoped_lock lock(queue_->mutex);
    queue_->ready.clear();
}

std::size_t blocking_queue::max_threads() const {
    return limits_.at_once + std::min(hanging_.size(), limits_.hanging);
}

void blocking_queue::begin_more() {
    while (!waiting_.empty() && begun_ < max_threads() + begun_ahead) {
        const number job = waiting_.front();
        waiting_.pop_front();
        std::function<void()> work = handle_.begin(job);
        if (!work) continue;
        ++begun_;
        const std::scoped_lock lock(queue_->mutex);
        queue_->ready.push_back({job, std::move(work)});
    }
    // Hanging threads need no further observation.
    if (start_threads() > hanging_.size()) watch();
}

std::size_t blocking_queue::start_threads() {
    const std::scoped_lock lock(queue_->mutex);
    queue_->max_threads = max_threads();
    // Each started thread takes at least one job.
    for (std::size_t taken = 0; taken < queue_->ready.size() && queue_->threads < queue_->max_threads; ++taken) {
        ++queue_->threads;
        asio::post(blocking_, [jobs = queue_, weak = weak_from_this(), guard = asio::make_work_guard(events_)] {
            jobs->serve([&] {
                asio::post(guard.get_executor(), [weak] {
                    if (const auto self = weak.lock()) self->finish_done();
                });
            });
        });
    }
    return queue_->threads;
}

void blocking_queue::finish_done() {
    std::vector<number> done;
    {
        const std::scoped_lock lock(queue_->mutex);
        done.swap(queue_->done);
    }
    begun_ -= done.size();
    for (const number job : done) {
        hanging_.erase(job);
        if (!closed_) handle_.end(job);
    }
    if (closed_) return;
    if (begun_ == 0 && waiting_.empty()) timer_.cancel();
    begin_more();
}

void blocking_queue::watch() {
    if (std::exchange(watching_, true)) return;
    timer_.expires_after(limits_.hang_timeout);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->watching_ = false;
        if (!self->closed_ && self->begun_ > 0) self->look_for_hanging();
    });
}

void blocking_queue::look_for_hanging() {
    const auto now = clock::now();
    std::vector<number> hanging;
    {
        const std::scoped_lock lock(queue_->mutex);
        for (const auto& [job, since] : queue_->running) {
            if (now - since >= limits_.hang_timeout && !hanging_.contains(job)) hanging.push_back(job);
        }
    }
    hanging_.insert(hanging.begin(), hanging.end());
    for (const number job : hanging) {
        if (!closed_) handle_.hangs(job);
    }
    if (!closed_) begin_more();
}

}  // namespace filemap
