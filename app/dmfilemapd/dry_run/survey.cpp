#include "dmfilemapd/dry_run/survey.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/cli/startup_checks.hpp"
#include "group/group_lookup.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/group_descriptor.hpp>
#include <filemap/fs/file_identity.hpp>

#include <algorithm>
#include <utility>

#include <sys/stat.h>

namespace dmfilemapd {
namespace {

using filemap::failure;
using filemap::group_state;
using filemap::result;

// Lists the group like a monitor at its start, with regions that an earlier monitor left outside the group.
result<group_state> with_members(group_state known, filemap::dm::statistics& device) {
    auto list = device.list(known.program_id);
    if (!list) return list.error();
    filemap::group_view view = filemap::view_group(filemap::group_index(std::move(*list)), known);
    known.id = view.id;
    known.alias_part = std::move(view.alias_part);
    known.regions = std::move(view.regions);
    known.regions.insert(known.regions.end(), view.unlisted_regions.begin(), view.unlisted_regions.end());
    return known;
}

// Returns the existing group, or no regions and an obstacle if the group cannot be read.
group_state present_group(const options& given, const open_file& file, survey& into) {
    const auto hindered_by = [&into](const failure& obstacle) {
        into.obstacle = obstacle.text();
        return group_state{};
    };
    const auto device = filemap::fs::countable_device(file.file.get(), app::displayed(file.path));
    if (!device) return hindered_by(device.error());
    auto control = filemap::dm::control_node::open();
    if (!control) return hindered_by(control.error());
    filemap::dm::statistics statistics(*control, *device);
    const auto identity = filemap::fs::identify(file.file.get());
    if (!identity) return hindered_by(identity.error());
    filemap::monitor_config config = config_of(given, file.path);
    config.group = given.group;
    const std::string mark = filemap::owner_tag_of(config, *identity);
    group_state known;
    known.program_id = given.program_id;
    if (given.group) {
        // A missing group is an error of the command line, because no group would be created in its place.
        auto found = filemap::find_group(statistics, *given.group, mark);
        if (!found) throw app::startup_error(found.error().text());
        known = std::move(*found);
    }
    known.owner_tag = mark;
    auto group = with_members(std::move(known), statistics);
    if (!group) return hindered_by(group.error());
    return std::move(*group);
}

std::string alias_of(std::string alias_part) {
    filemap::dm::group_descriptor descriptor;
    descriptor.alias_part = std::move(alias_part);
    return std::string(descriptor.alias());
}

std::vector<planned_region> regions_after(const filemap::plan& plan) {
    std::vector<planned_region> regions;
    for (const filemap::group_region& kept : plan.keep) regions.push_back({kept.id, kept.range});
    for (const filemap::sector_range& created : plan.create) regions.push_back({std::nullopt, created});
    std::ranges::sort(regions, {}, [](const planned_region& region) { return region.range; });
    return regions;
}

void take_extents(survey& into, const open_file& file) {
    auto extents = filemap::fs::read_extents(file.file.get());
    if (!extents) throw app::startup_error(failure(extents.error().code, app::displayed(file.path)).text());
    into.extents = std::move(*extents);
    into.map = filemap::fs::make_extent_map(into.extents);
    struct stat status {};
    if (::fstat(file.file.get(), &status) == 0) into.device = filemap::device_id(status.st_dev);
}

}  // namespace

survey make_survey(const options& given, const open_file& file) {
    survey made;
    made.path = file.path;
    take_extents(made, file);
    group_state group = present_group(given, file, made);
    made.group = group.id;
    std::string remark;
    if (!group.id && !given.group) group.alias_part = alias_part_of(given, file.path, remark);
    made.alias = alias_of(std::move(group.alias_part));
    made.plan = filemap::make_plan(made.map.ranges, group.regions, given.regions);
    made.steps = filemap::operations_of(made.plan, group.id.has_value());
    made.regions = regions_after(made.plan);
    return made;
}

index_range regions_of(const survey& of, const filemap::fs::extent& extent) {
    const filemap::sectors start = to_sectors(extent.physical);
    const filemap::sectors end = to_sectors(extent.physical + extent.length);
    const auto& regions = of.regions;
    const auto first = std::ranges::partition_point(
        regions, [start](const planned_region& region) { return region.range.end() <= start; });
    const auto last = std::partition_point(first, regions.end(),
                                           [end](const planned_region& region) { return region.range.start < end; });
    return {static_cast<std::size_t>(first - regions.begin()), static_cast<std::size_t>(last - regions.begin())};
}

}  // namespace dmfilemapd
