#pragma once

#include "group/group_lookup.hpp"

#include <filemap/error.hpp>

#include <algorithm>
#include <span>
#include <vector>

// Helpers of group_sync.
namespace filemap {

inline constexpr auto by_id = [](const group_region& a, const group_region& b) noexcept { return a.id < b.id; };

inline bool contains(const std::vector<region_id>& ascending, region_id id) {
    return std::binary_search(ascending.begin(), ascending.end(), id);
}

inline bool is_gone(error_code code) noexcept {
    return code == boost::system::errc::no_such_file_or_directory;
}

inline std::vector<region_id> ids_of(std::span<const group_region> members) {
    std::vector<region_id> ids;
    ids.reserve(members.size());
    for (const group_region& m : members) ids.push_back(m.id);
    return ids;
}

inline std::vector<region_id> leaders_of(const group_view& view) {
    std::vector<region_id> leaders = view.stale_leaders;
    if (view.id) leaders.push_back(leader_of(*view.id));
    return leaders;
}

}  // namespace filemap
