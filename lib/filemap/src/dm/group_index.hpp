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

/// A region that leads a group: its aux_data is a descriptor, and it is the lowest region that this lists.
struct group_leader {
    dm::region_row row;
    dm::group_descriptor descriptor;
};

/**
 * @brief A list of a device's regions in which one group among many is found without reading all of it again.
 * @par Thread-safety  Distinct objects: safe. Shared objects: safe, for nothing changes.
 */
class group_index {
public:
    explicit group_index(dm::region_list list);

    [[nodiscard]] const dm::region_list& list() const noexcept { return list_; }

    /// Ascending by id.
    [[nodiscard]] const std::vector<group_leader>& leaders() const noexcept { return leaders_; }
    /// nullptr: it leads no group.
    [[nodiscard]] const group_leader* leader(region_id id) const noexcept;

    using positions = std::span<const std::uint32_t>;
    /// Among @ref leaders, ascending.
    [[nodiscard]] positions leaders_of_alias(std::string_view alias_part) const { return find(by_alias_, alias_part); }
    [[nodiscard]] positions leaders_of_user_data(std::string_view text) const { return find(by_user_data_, text); }
    /// Among the rows of the list, ascending: regions that lead no group and have this aux_data, which is not "-".
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

/// The descriptor of a region that leads a group; empty of any other.
[[nodiscard]] std::optional<dm::group_descriptor> leading_descriptor(const dm::region_row& row);

}  // namespace filemap
