#include "dmfilemapd/api/map_json.hpp"

#include "common/http/json.hpp"
#include "dmfilemapd/map/extent_flags.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace dmfilemapd::control {
namespace {

namespace json = boost::json;
using filemap::bytes;
using filemap::layout_bar;
using filemap::layout_cell;

json::array column(const layout_bar& bar, bytes layout_cell::*what) {
    json::array values;
    values.reserve(bar.cells.size());
    for (const layout_cell& cell : bar.cells) values.emplace_back((cell.*what).count());
    return values;
}

json::array places(const layout_bar& bar) {
    json::array values;
    values.reserve(bar.cells.size());
    for (const layout_cell& cell : bar.cells) {
        values.emplace_back(cell.place ? json::value(cell.place->count()) : json::value());
    }
    return values;
}

json::object bar_of(const layout_bar& bar, std::string_view other, bool counted) {
    json::object object;
    object["begin"] = bar.begin.count();
    object["end"] = bar.end.count();
    object["cell_bytes"] = bar.cell.count();
    object["mapped"] = column(bar, &layout_cell::mapped);
    object["missing"] = column(bar, &layout_cell::missing);
    object[other] = column(bar, &layout_cell::other);
    if (!counted) return object;
    object["read"] = column(bar, &layout_cell::read);
    object["written"] = column(bar, &layout_cell::written);
    return object;
}

json::array flags_of(std::uint32_t flags) {
    json::array words;
    for (std::string& word : flag_words(flags)) words.emplace_back(std::move(word));
    return words;
}

json::object object_of(const filemap::layout_run& run) {
    json::object object;
    object["begin"] = run.logical.count();
    object["end"] = run.end.count();
    object["extents"] = run.extents;
    object["bytes"] = run.length.count();
    if (run.on_device) {
        object["sector"] = run.on_device->start.count();
        object["end_sector"] = run.on_device->end().count();
    }
    object["regions"] = run.regions;
    object["missing"] = run.missing.count();
    object["not_mapped"] = run.unmapped.count();
    object["flags"] = flags_of(run.flags);
    return object;
}

json::array stretches_of(const filemap::file_layout& picture) {
    json::array list;
    for (const auto& one : picture.runs) list.emplace_back(object_of(one));
    return list;
}

json::array obstacles_of(const filemap::file_layout& picture) {
    json::array list;
    for (const auto& [reason, amount] : picture.unmapped) {
        list.emplace_back(json::object{{"reason", filemap::fs::describe(reason)}, {"bytes", amount.count()}});
    }
    return list;
}

void put_figures(json::object& into, const filemap::file_layout& picture) {
    into["size"] = picture.size.count();
    into["extents"] = picture.extents;
    into["allocated"] = picture.allocated.count();
    into["largest_extent"] = picture.largest.count();
    into["follow_on"] = picture.order.follow_on;
    into["jump_forward"] = picture.order.forward;
    into["jump_backward"] = picture.order.backward;
    into["regions"] = picture.regions;
    into["mapped"] = picture.mapped.count();
    into["missing"] = picture.missing.count();
    into["bridged"] = picture.bridged.count();
    into["bridged_gaps"] = picture.gaps;
    into["shared"] = picture.shared.count();
    into["unwritten"] = picture.unwritten.count();
    into["not_mapped"] = obstacles_of(picture);
}

std::string hexadecimal(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

}  // namespace

std::string json_of(const file_map& map) {
    const bool counted = map.hash_of_counted.has_value();
    json::object object;
    app::control::put_bytes(object, "path", map.path);
    object["device"] = to_string(map.device);
    if (map.group) object["group"] = map.group->value();
    put_figures(object, map.picture);
    if (counted) {
        object["regions_hash"] = hexadecimal(*map.hash_of_counted);
        object["read"] = map.picture.read.count();
        object["written"] = map.picture.written.count();
    }
    object["stretches"] = stretches_of(map.picture);
    json::object along_file = bar_of(map.picture.along_file, "not_mapped", counted);
    along_file["sector"] = places(map.picture.along_file);
    object["along_file"] = std::move(along_file);
    object["along_device"] = bar_of(map.picture.along_device, "bridged", counted);
    return json::serialize(object);
}

}  // namespace dmfilemapd::control
