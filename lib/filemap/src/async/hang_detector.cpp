#include "async/hang_detector.hpp"

#include <algorithm>
#include <utility>

namespace filemap {

std::vector<hang_detector::remark> hang_detector::observe(std::span<const pending_call> calls, time_point now) {
    std::vector<remark> remarks;
    std::erase_if(devices_, [&](const auto& entry) {
        const auto& [device, seen] = entry;
        if (std::ranges::find(calls, device, &pending_call::device) != calls.end()) return false;
        if (seen.hangs_since) remarks.push_back({device, state::answers_again, now - *seen.hangs_since});
        return true;
    });
    for (const pending_call& call : calls) {
        watched& seen = devices_.try_emplace(call.device, watched{call.answers}).first->second;
        if (const std::uint64_t answers = call.answers - seen.answers; answers > 0) {
            // A device that has answered one call but hangs again in the next has not recovered.
            if (seen.hangs_since && answers > 1) {
                remarks.push_back({call.device, state::answers_again, now - *seen.hangs_since});
                seen.hangs_since.reset();
            }
            seen.answers = call.answers;
            seen.said_to_wait = false;
        }
        if (now - call.since < patience_ || seen.hangs_since) continue;
        if (call.running) {
            seen.hangs_since = call.since;
            remarks.push_back({call.device, state::hangs, now - call.since});
        } else if (!std::exchange(seen.said_to_wait, true)) {
            remarks.push_back({call.device, state::waits_for_thread, now - call.since});
        }
    }
    return remarks;
}

}  // namespace filemap
