#pragma once

#include "support/map_check.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/statistics.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace filemap::test {

/**
 * @brief The regions of a file's device, asked for through a control node that stays open.
 * @details Each run of `dmsetup` closes one, at which a daemon looks after its group; this does not. By it many regions
 * of another program are soon made, too.
 */
class region_access {
public:
    explicit region_access(const std::string& file);

    [[nodiscard]] dm::statistics statistics() { return {control_, device_}; }
    /// As `test::check_map`.
    [[nodiscard]] map_report check_map(const std::string& file, const group_choice& choice = {});
    /// Of all regions of the device, which do not overlap.
    [[nodiscard]] std::uint64_t covered_sectors();
    /// Of this program, or of all.
    void remove_regions(std::string_view program = {});

private:
    dm::control_node control_;
    device_id device_;
};

/// Regions of another program, which go when this does.
class foreign_regions {
public:
    explicit foreign_regions(const std::string& file) : access_(file) {}
    foreign_regions(const foreign_regions&) = delete;
    foreign_regions& operator=(const foreign_regions&) = delete;
    ~foreign_regions() { remove_all(); }

    /// Makes some, and keeps every second: regions that are made next get the numbers between them.
    void take_every_second_of(unsigned numbers);
    /// Until the kernel refuses the smallest one.
    void take_all_memory();
    void remove_all();

private:
    [[nodiscard]] bool make(std::uint64_t areas);

    region_access access_;
};

/// Whether the regions cover all of the file.
[[nodiscard]] bool covers(const map_report& report);
/// Sectors in the regions that are not the file's.
[[nodiscard]] std::uint64_t bridged_sectors(const map_report& report);

}  // namespace filemap::test
