#pragma once

#include "support/map_check.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/statistics.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace filemap::test {

/**
 * @brief The regions of a file's device, accessed through a control node that stays open.
 * @details Each run of `dmsetup` closes a control node, which makes a daemon check its group. This class does not, and
 * creates many regions quickly.
 */
class region_access {
public:
    explicit region_access(const std::string& file);

    [[nodiscard]] dm::statistics statistics() { return {control_, device_}; }
    /// Same result as `test::check_map`.
    [[nodiscard]] map_report check_map(const std::string& file, const group_choice& choice = {});
    /// Sectors of all regions of the device. @pre Regions do not overlap.
    [[nodiscard]] std::uint64_t covered_sectors();
    /// Deletes the regions of a program id, or all.
    void remove_regions(std::string_view program = {});

private:
    dm::control_node control_;
    device_id device_;
};

/// Regions of another program. The destructor deletes them.
class foreign_regions {
public:
    explicit foreign_regions(const std::string& file) : access_(file) {}
    foreign_regions(const foreign_regions&) = delete;
    foreign_regions& operator=(const foreign_regions&) = delete;
    ~foreign_regions() { remove_all(); }

    /// Creates regions and keeps every second one, so that the next regions get the ids between them.
    void take_every_second_of(unsigned numbers);
    /// Creates regions until the kernel refuses the smallest one.
    void take_all_memory();
    void remove_all();

private:
    [[nodiscard]] bool make(std::uint64_t areas);

    region_access access_;
};

/// Returns true if the regions cover all of the file.
[[nodiscard]] bool covers(const map_report& report);
/// Sectors in the regions that do not belong to the file.
[[nodiscard]] std::uint64_t bridged_sectors(const map_report& report);

}  // namespace filemap::test
