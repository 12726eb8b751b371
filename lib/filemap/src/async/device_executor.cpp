#include "async/device_executor.hpp"

#include <algorithm>

#include <time.h>

namespace filemap::detail {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds short_call{1};

std::chrono::nanoseconds processor_time() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace

bool pending_calls::add(device_id device) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    if (++of.pending == 1) of.since = clock::now();
    return pending_++ == 0;
}

void pending_calls::begin(device_id device, clock::time_point now) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    of.running = true;
    of.since = now;
}

void pending_calls::end(device_id device, clock::time_point now) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    of.running = false;
    ++of.answers;
    // The next call is now waiting.
    --of.pending;
    of.since = now;
    --pending_;
}

std::vector<pending_call> pending_calls::list() const {
    std::vector<pending_call> calls;
    const std::scoped_lock lock(mutex_);
    if (pending_ == 0) return calls;
    for (const auto& [device, of] : of_) {
        if (of.pending > 0) calls.push_back({device, of.answers, of.running, of.since});
    }
    return calls;
}

running_call::running_call(pending_calls& of, device_id device)
    : of_(of), device_(device), begun_at_(clock::now()), processor_(processor_time()) {
    of_.begin(device_, begun_at_);
}

// Some kernels account processor time in whole ticks. For a short call the elapsed time is then more accurate.
std::chrono::nanoseconds running_call::end() {
    const auto now = clock::now();
    const std::chrono::nanoseconds passed = now - begun_at_;
    const auto cost = passed < short_call ? passed : std::min(processor_time() - processor_, passed);
    of_.end(device_, now);
    return cost;
}

}  // namespace filemap::detail
