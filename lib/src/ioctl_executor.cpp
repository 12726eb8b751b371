#include <filemap/ioctl_executor.hpp>

namespace filemap::detail {

bool pending_calls::add(device_id device) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    if (++of.pending == 1) of.since = std::chrono::steady_clock::now();
    return pending_++ == 0;
}

void pending_calls::begin(device_id device) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    of.running = true;
    of.since = std::chrono::steady_clock::now();
}

void pending_calls::end(device_id device) {
    const std::scoped_lock lock(mutex_);
    counts& of = of_[device];
    of.running = false;
    ++of.answers;
    // From now on the next one waits.
    if (--of.pending > 0) of.since = std::chrono::steady_clock::now();
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

}  // namespace filemap::detail
