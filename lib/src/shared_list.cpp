#include <filemap/shared_list.hpp>

#include <utility>

namespace filemap {

std::shared_ptr<const device_groups> shared_list::find(const std::string& program_id, time_point since) const {
    const std::lock_guard lock(mutex_);
    const auto last = lists_.find(program_id);
    return last != lists_.end() && last->second.begun_at >= since ? last->second.groups : nullptr;
}

result<std::shared_ptr<const device_groups>> shared_list::read(dm::statistics& device, const std::string& program_id) {
    const time_point begun_at = std::chrono::steady_clock::now();
    auto list = device.list(program_id);
    if (!list) return list.error();
    auto groups = std::make_shared<const device_groups>(std::move(*list));
    const std::lock_guard lock(mutex_);
    lists_[program_id] = {groups, begun_at};
    return groups;
}

void shared_list::drop() {
    const std::lock_guard lock(mutex_);
    lists_.clear();
}

}  // namespace filemap
