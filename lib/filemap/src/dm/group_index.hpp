#pragma once

#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/region_list.hpp>
#include <filemap/units.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace filemap {

/// A region that leads a group: its aux_data is a descriptor in which the region is the lowest member.
struct group_leader {
    dm::region_row row;
    dm::group_descriptor descriptor;
};

/**
 * @brief Index of a region list that finds one group without reading the whole list.
 * @par Thread-safety  Distinct objects: safe. Shared objects: safe, because they are immutable.
 */
class group_index {
public:
    explicit group_index(dm::region_list list);

    [[nodiscard]] const dm::region_list& list() const noexcept { return list_; }

    /// Returns the leaders, ascending by id.
    [[nodiscard]] const std::vector<group_leader>& leaders() const noexcept { return leaders_; }
    /// Returns nullptr if the region leads no group.
    [[nodiscard]] const group_leader* leader(region_id id) const noexcept;

    using positions = std::span<const std::uint32_t>;
    /// Returns ascending indexes into @ref leaders.
    [[nodiscard]] positions leaders_of_alias(std::string_view alias_part) const { return find(by_alias_, alias_part); }
    [[nodiscard]] positions leaders_of_user_data(std::string_view text) const { return find(by_user_data_, text); }
    /// Returns ascending row indexes of regions that lead no group and have this aux_data, which is not "-".
    [[nodiscard]] positions rows_of_aux(std::string_view aux) const { return find(by_aux_, aux); }

private:
    using index = std::unordered_map<std::string_view, std::vector<std::uint32_t>>;
    [[nodiscard]] static positions find(const index& in, std::string_view text);

    dm::region_list list_;
    std::vector<group_leader> leaders_;
    index by_alias_;
    index by_user_data_;
    index by_aux_;
};

/// Returns the descriptor of a region that leads a group; empty for any other region.
[[nodiscard]] std::optional<dm::group_descriptor> leading_descriptor(const dm::region_row& row);

}  // namespace filemap
