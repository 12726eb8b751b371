#include "common/text/display.hpp"
#include "dmfilemapd/dry_run/dry_run.hpp"
#include "dmfilemapd/map/extent_flags.hpp"

#include <boost/json.hpp>

namespace dmfilemapd {
namespace {

namespace json = boost::json;

std::string hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

// Adds a text. JSON has no bytes, so a text that is not UTF-8 is written in hexadecimal under "KEY_hex".
void put_text(json::object& into, const std::string& key, std::string_view text) {
    if (app::is_utf8(text)) {
        into[key] = text;
    } else {
        into[key + "_hex"] = hexadecimal(text);
    }
}

json::object json_of(filemap::sector_range range) {
    return {{"start", range.start.count()}, {"sectors", range.length.count()}};
}

json::object json_of(const survey& of, const filemap::fs::extent& extent) {
    json::object object{{"logical", extent.logical.count()},
                        {"physical", extent.physical.count()},
                        {"length", extent.length.count()},
                        {"flags", json::value_from(flag_words(extent.flags))}};
    if (const auto reason = filemap::fs::why_unaddressable(extent)) {
        object["not_mapped"] = describe(*reason);
        return object;
    }
    json::array regions;
    for (auto [at, last] = regions_of(of, extent); at < last; ++at) regions.push_back(at);
    object["regions"] = std::move(regions);
    return object;
}

json::array extents_of(const survey& of) {
    json::array extents;
    for (const filemap::fs::extent& extent : of.extents) extents.push_back(json_of(of, extent));
    return extents;
}

json::array regions_of_plan(const survey& of) {
    json::array regions;
    for (const planned_region& region : of.regions) {
        json::object object = json_of(region.range);
        object["action"] = region.id ? "keep" : "create";
        if (region.id) object["id"] = region.id->value();
        regions.push_back(std::move(object));
    }
    return regions;
}

json::array removed_of(const survey& of) {
    json::array removed;
    for (const filemap::group_region& member : of.plan.remove) {
        json::object object = json_of(member.range);
        object["id"] = member.id.value();
        removed.push_back(std::move(object));
    }
    return removed;
}

json::array steps_of(const survey& of) {
    json::array steps;
    for (const filemap::operation& step : of.steps) steps.emplace_back(filemap::describe(step));
    return steps;
}

json::object sums_of(const survey& of) {
    std::uint64_t sectors = 0;
    for (const filemap::sector_range& range : of.map.ranges) sectors += range.length.count();
    std::uint64_t unaddressable = 0;
    for (const auto& extent : of.map.unaddressable) unaddressable += extent.length.count();
    return {{"extents", of.extents.size()},
            {"runs", of.map.ranges.size()},
            {"regions_kept", of.plan.keep.size()},
            {"regions_created", of.plan.create.size()},
            {"regions_removed", of.plan.remove.size()},
            {"sectors", sectors},
            {"shared_sectors", of.map.shared.count()},
            {"bridged_sectors", of.plan.bridged.count()},
            {"not_mapped_bytes", unaddressable}};
}

json::object json_of(const survey& of) {
    json::object object;
    put_text(object, "path", of.path);
    object["device"] = to_string(of.device);
    if (!of.obstacle.empty()) object["cannot_be_followed"] = of.obstacle;
    if (of.group) object["group_id"] = of.group->value();
    put_text(object, "alias", of.alias);
    object["extents"] = extents_of(of);
    object["regions"] = regions_of_plan(of);
    object["removed_regions"] = removed_of(of);
    object["steps"] = steps_of(of);
    object["sums"] = sums_of(of);
    return object;
}

}  // namespace

std::string json_of(std::span<const survey> surveys) {
    json::array files;
    for (const survey& each : surveys) files.push_back(json_of(each));
    return json::serialize(json::object{{"files", std::move(files)}}) + '\n';
}

}  // namespace dmfilemapd
