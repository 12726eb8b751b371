#include <filemap/shared_list.hpp>

#include <utility>

namespace filemap {

std::shared_ptr<const device_groups> shared_list::find(const std::string& program_id, time_point since) const {
    const std::lock_guard lock(mutex_);
    return groups_ && begun_at_ >= since && program_id_ == program_id ? groups_ : nullptr;
}

result<std::shared_ptr<const device_groups>> shared_list::read(dm::statistics& device, const std::string& program_id) {
    const time_point begun_at = std::chrono::steady_clock::now();
    auto list = device.list(program_id);
    if (!list) return list.error();
    auto groups = std::make_shared<const device_groups>(std::move(*list));
    const std::lock_guard lock(mutex_);
    groups_ = groups;
    program_id_ = program_id;
    begun_at_ = begun_at;
    return groups;
}

void shared_list::drop() {
    const std::lock_guard lock(mutex_);
    groups_.reset();
}

}  // namespace filemap
