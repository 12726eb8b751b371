#include "common/text/display.hpp"
#include "common/text/table.hpp"
#include "dmfilemapd/dry_run/dry_run.hpp"
#include "dmfilemapd/map/extent_flags.hpp"

#include <cstdint>
#include <map>

namespace dmfilemapd {
namespace {

// Limit of regions listed per extent; the others are only counted.
constexpr std::size_t max_named = 3;

std::string decimal(std::uint64_t number) {
    return std::to_string(number);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text.empty() ? "-" : text;
}

std::string name_of(const planned_region& region) {
    return region.id ? decimal(region.id->value()) : "new " + to_string(region.range);
}

std::string mapping_of(const survey& of, const filemap::fs::extent& extent) {
    if (const auto reason = filemap::fs::why_unaddressable(extent))
        return "not mapped: " + std::string(describe(*reason));
    const auto [first, last] = regions_of(of, extent);
    std::vector<std::string> names;
    for (std::size_t at = first; at < last && names.size() < max_named; ++at) names.push_back(name_of(of.regions[at]));
    if (last - first > max_named) names.push_back("and " + decimal(last - first - max_named) + " more");
    return joined(names, ", ");
}

std::string extents_table(const survey& of) {
    app::table extents({"LOGICAL", "PHYSICAL", "LENGTH", "FLAGS", "REGION"});
    for (const filemap::fs::extent& extent : of.extents) {
        extents.add({decimal(extent.logical.count()), decimal(extent.physical.count()), decimal(extent.length.count()),
                     joined(flag_words(extent.flags), ","), mapping_of(of, extent)});
    }
    return extents.text();
}

app::table::row region_row(std::string_view action, const std::string& id, filemap::sector_range range) {
    return {id, decimal(range.start.count()), decimal(range.length.count()), std::string(action)};
}

std::string regions_table(const survey& of) {
    app::table regions({"REGION", "START", "SECTORS", "ACTION"});
    for (const planned_region& region : of.regions) {
        regions.add(region.id ? region_row("keep", decimal(region.id->value()), region.range)
                              : region_row("create", "-", region.range));
    }
    for (const filemap::group_region& removed : of.plan.remove) {
        regions.add(region_row("remove", decimal(removed.id.value()), removed.range));
    }
    return regions.text();
}

std::string unaddressable_text(const survey& of) {
    std::map<std::string_view, std::uint64_t> bytes_by_reason;
    for (const auto& extent : of.map.unaddressable) bytes_by_reason[describe(extent.reason)] += extent.length.count();
    std::string text;
    for (const auto& [reason, bytes] : bytes_by_reason) {
        text += "  not mapped: " + decimal(bytes) + " bytes (" + std::string(reason) + ")\n";
    }
    return text;
}

std::uint64_t mapped_sectors(const survey& of) {
    std::uint64_t sum = 0;
    for (const filemap::sector_range& range : of.map.ranges) sum += range.length.count();
    return sum;
}

std::string sums(const survey& of) {
    std::string text = "  extents: " + decimal(of.extents.size()) + ", in " + decimal(of.map.ranges.size()) +
                       " runs of sectors, " + decimal(of.map.unaddressable.size()) + " not mapped\n";
    text += "  regions: " + decimal(of.plan.regions()) + " (keep " + decimal(of.plan.keep.size()) + ", create " +
            decimal(of.plan.create.size()) + "), remove " + decimal(of.plan.remove.size()) + ", in " +
            decimal(of.steps.size()) + " steps\n";
    text += "  sectors: " + decimal(mapped_sectors(of)) + " of the file, " + decimal(of.map.shared.count()) +
            " shared with other files, " + decimal(of.plan.bridged.count()) + " of gaps that are bridged\n";
    return text + unaddressable_text(of);
}

std::string head_of(const survey& of) {
    std::string text = app::displayed(of.path) + "\n  device " + to_string(of.device) + ", ";
    text += of.group ? "group " + decimal(of.group->value()) : "new group";
    if (!of.alias.empty()) text += " named " + app::quoted(of.alias);
    text += '\n';
    if (!of.obstacle.empty()) text += "  cannot be followed: " + of.obstacle + '\n';
    return text;
}

}  // namespace

std::string table_of(const survey& of, bool with_steps) {
    std::string text = head_of(of);
    if (!of.extents.empty()) text += '\n' + extents_table(of);
    if (!of.regions.empty() || !of.plan.remove.empty()) text += '\n' + regions_table(of);
    text += '\n' + sums(of);
    if (with_steps && !of.steps.empty()) {
        text += '\n';
        for (const filemap::operation& step : of.steps) text += "  " + filemap::describe(step) + '\n';
    }
    return text;
}

}  // namespace dmfilemapd
