#include <filemap/hang_watch.hpp>

#include <algorithm>

namespace filemap {

std::vector<hang_watch::remark> hang_watch::observe(std::span<const pending_call> calls, time_point now) {
    std::vector<remark> remarks;
    std::erase_if(devices_, [&](const auto& entry) {
        const auto& [device, seen] = entry;
        if (std::ranges::find(calls, device, &pending_call::device) != calls.end()) return false;
        if (seen.hangs_since) remarks.push_back({device, true, now - *seen.hangs_since});
        return true;
    });
    for (const pending_call& call : calls) {
        watched& seen = devices_.try_emplace(call.device, watched{call.answers, now, std::nullopt}).first->second;
        if (const std::uint64_t answers = call.answers - seen.answers; answers > 0) {
            // One answer, and the next call hangs as well: that is no news.
            if (seen.hangs_since && answers > 1) {
                remarks.push_back({call.device, true, now - *seen.hangs_since});
                seen.hangs_since.reset();
            }
            seen.answers = call.answers;
            seen.since = now;
        }
        // One that waits for a thread tells nothing of its device.
        if (!seen.hangs_since && call.running && now - seen.since >= patience_) {
            seen.hangs_since = seen.since;
            remarks.push_back({call.device, false, now - seen.since});
        }
    }
    return remarks;
}

std::optional<hang_watch::time_point> hang_watch::silent_since(device_id device) const {
    const auto found = devices_.find(device);
    if (found == devices_.end()) return std::nullopt;
    return found->second.since;
}

}  // namespace filemap
