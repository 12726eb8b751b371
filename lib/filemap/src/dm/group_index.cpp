#include "dm/group_index.hpp"

#include <algorithm>
#include <utility>

namespace filemap {
namespace {

// Readers accept a descriptor only in the lowest region that it lists.
bool leads(const dm::region_row& row, const dm::group_descriptor& descriptor) {
    return descriptor.contains(row.id) && std::none_of(descriptor.members.begin(), descriptor.members.end(),
                                                       [&](const dm::id_run& run) { return run.first < row.id; });
}

}  // namespace

std::optional<dm::group_descriptor> leading_descriptor(const dm::region_row& row) {
    auto descriptor = dm::group_descriptor::parse(row.aux);
    if (descriptor && !leads(row, *descriptor)) descriptor.reset();
    return descriptor;
}

group_index::group_index(dm::region_list list) : list_(std::move(list)) {
    // Regions of one file are mostly adjacent.
    std::string_view last_aux;
    std::vector<std::uint32_t>* of_last_aux = nullptr;
    std::uint32_t position = 0;
    for (const dm::region_row& row : list_.rows()) {
        if (auto descriptor = leading_descriptor(row)) {
            leaders_.push_back({row, std::move(*descriptor)});
        } else if (row.aux != "-") {
            if (!of_last_aux || row.aux != last_aux) of_last_aux = &by_aux_[last_aux = row.aux];
            of_last_aux->push_back(position);
        }
        ++position;
    }
    for (std::uint32_t i = 0; i < leaders_.size(); ++i) {
        by_alias_[leaders_[i].descriptor.alias_part].push_back(i);
        by_user_data_[leaders_[i].descriptor.user_data].push_back(i);
    }
}

const group_leader* group_index::leader(region_id id) const noexcept {
    const auto found = std::ranges::lower_bound(leaders_, id, {}, [](const group_leader& l) { return l.row.id; });
    return found != leaders_.end() && found->row.id == id ? &*found : nullptr;
}

group_index::positions group_index::find(const index& in, std::string_view text) {
    const auto found = in.find(text);
    return found == in.end() ? positions{} : positions{found->second};
}

}  // namespace filemap
