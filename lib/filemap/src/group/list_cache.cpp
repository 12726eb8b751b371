#include "group/list_cache.hpp"

#include <algorithm>
#include <utility>

namespace filemap {
namespace {

// A list faster than this is not worth a pause.
constexpr std::chrono::milliseconds quick{2};
// Lists take one part in `share` of the time, up to the maximum pause.
constexpr int share = 20;
constexpr std::chrono::milliseconds max_pause{500};

list_cache::clock::duration pause_after(list_cache::clock::duration list) {
    return list < quick ? list_cache::clock::duration{}
                        : std::min<list_cache::clock::duration>(list * (share - 1), max_pause);
}

}  // namespace

std::shared_ptr<const group_index> list_cache::find(const std::string& program_id, time_point since) const {
    const std::lock_guard lock(mutex_);
    const auto last = lists_.find(program_id);
    return last != lists_.end() && last->second.begun_at >= since ? last->second.groups : nullptr;
}

result<std::shared_ptr<const group_index>> list_cache::read(dm::statistics& device, const std::string& program_id) {
    const time_point begun_at = clock::now();
    auto list = device.list(program_id, expected_size(program_id));
    if (!list) return list.error();
    const std::size_t size = list->text_size();
    auto groups = std::make_shared<const group_index>(std::move(*list));
    const time_point done_at = clock::now();
    const std::lock_guard lock(mutex_);
    due_ = done_at + pause_after(done_at - begun_at);
    lists_[program_id] = {groups, begun_at, size};
    return groups;
}

// Allows for some more regions than in the last list.
std::size_t list_cache::expected_size(const std::string& program_id) const {
    const std::lock_guard lock(mutex_);
    const auto last = lists_.find(program_id);
    return last == lists_.end() ? 0 : last->second.size + last->second.size / 8 + 256;
}

list_cache::time_point list_cache::due() const {
    const std::lock_guard lock(mutex_);
    return readers_ > 1 ? due_ : time_point::min();
}

void list_cache::end_pause() {
    const std::lock_guard lock(mutex_);
    due_ = time_point::min();
}

void list_cache::release_memory() {
    const std::lock_guard lock(mutex_);
    for (auto& [program_id, last] : lists_) last.groups.reset();
}

}  // namespace filemap
