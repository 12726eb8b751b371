#include "dmfilemapctl/map_text.hpp"

#include "common/text/table.hpp"
#include "dmfilemapctl/file_tables.hpp"
#include "dmfilemapctl/map_bars.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;

std::uint64_t number(const json::object& of, std::string_view key) {
    return of.at(key).to_number<std::uint64_t>();
}

std::string count(std::uint64_t many, std::string_view what) {
    return std::to_string(many) + ' ' + std::string(what) + (many == 1 ? "" : "s");
}

std::string head_of(const json::object& map) {
    std::string text = name_of(map, "path") + "\n  device " + std::string(map.at("device").as_string());
    if (map.contains("group")) text += ", group " + std::to_string(number(map, "group"));
    return text + '\n';
}

std::string extents_of(const json::object& map) {
    const std::uint64_t extents = number(map, "extents"), allocated = number(map, "allocated");
    std::string text =
        "  " + size_text(number(map, "size")) + ", " + size_text(allocated) + " of it in " + count(extents, "extent");
    if (extents > 1)
        text += " of " + size_text(allocated / extents) + " on average, " + size_text(number(map, "largest_extent")) +
                " at most";
    text += '\n';
    if (extents < 2) return text;
    return text + "  order on the device: " + std::to_string(number(map, "follow_on")) + " follow on, " +
           std::to_string(number(map, "jump_forward")) + " jump forward, " +
           std::to_string(number(map, "jump_backward")) + " jump backward\n";
}

std::string line_if(std::uint64_t bytes, std::string_view what) {
    return bytes == 0 ? std::string() : "  " + size_text(bytes) + ' ' + std::string(what) + '\n';
}

std::string regions_of(const json::object& map) {
    std::string text =
        "  " + count(number(map, "regions"), "region") + " with " + size_text(number(map, "mapped")) + " of the file\n";
    text += line_if(number(map, "bridged"),
                    "in the regions that are not the file's, in " + count(number(map, "bridged_gaps"), "bridged gap"));
    text += line_if(number(map, "missing"), "in no region yet");
    for (const json::value& each : map.at("not_mapped").as_array()) {
        const json::object& obstacle = each.as_object();
        text += line_if(number(obstacle, "bytes"), "not mapped: " + plain(obstacle.at("reason")));
    }
    text += line_if(number(map, "shared"), "shared with other files");
    return text + line_if(number(map, "unwritten"), "allocated and not written");
}

std::string io_of(const json::object& map) {
    if (!map.contains("read")) return {};
    std::string text = "  read " + size_text(number(map, "read")) + ", written " + size_text(number(map, "written"));
    const json::value* seconds = map.if_contains("seconds");
    if (!seconds) return text + " since the regions were made\n";
    char in[32];
    std::snprintf(in, sizeof in, " in %.1f s\n", seconds->to_number<double>());
    return text + in;
}

std::string words_of(const json::array& words) {
    std::string text;
    for (const json::value& word : words) text += (text.empty() ? "" : ",") + plain(word);
    return text;
}

std::string run_notes(const json::object& run) {
    std::string text = words_of(run.at("flags").as_array());
    const auto add = [&](std::string_view key, std::string_view words) {
        if (const std::uint64_t bytes = number(run, key); bytes > 0)
            text += (text.empty() ? "" : "; ") + size_text(bytes) + ' ' + std::string(words);
    };
    add("missing", "in no region");
    add("not_mapped", "not mapped");
    return text;
}

std::string table_of_stretches(const json::object& map) {
    const json::array& runs = map.at("stretches").as_array();
    if (runs.empty()) return {};
    const auto cell = [](const json::object& of, std::string_view key) {
        return of.contains(key) ? std::to_string(number(of, key)) : std::string("-");
    };
    app::table rows({"OFFSET", "BYTES", "EXTENTS", "SECTOR", "END", "REGIONS", "NOTE"});
    std::uint64_t most = 0;
    for (const json::value& each : runs) {
        const json::object& one = each.as_object();
        most = std::max(most, number(one, "extents"));
        rows.add({cell(one, "begin"), cell(one, "bytes"), cell(one, "extents"), cell(one, "sector"),
                  cell(one, "end_sector"), cell(one, "regions"), run_notes(one)});
    }
    std::string text = '\n' + rows.text("  ");
    if (most > 1) text += "  each line has up to " + std::to_string(most) + " neighbouring extents\n";
    return text;
}

// Subtracts the counters of cells. Stops at zero, because rounding may make a cell's value decrease.
void subtract_cells(json::object& later, const json::object& earlier, std::string_view key) {
    json::array& now = later.at(key).as_array();
    const json::array& before = earlier.at(key).as_array();
    for (std::size_t at = 0; at < now.size(); ++at) {
        const auto value = now.at(at).to_number<std::uint64_t>();
        now.at(at) = value - std::min(value, before.at(at).to_number<std::uint64_t>());
    }
}

bool is_same(const json::object& later, const json::object& earlier, const char* bar) {
    const json::object& a = later.at(bar).as_object();
    const json::object& b = earlier.at(bar).as_object();
    for (const char* key : {"begin", "end", "cell_bytes", "mapped"}) {
        if (a.at(key) != b.at(key)) return false;
    }
    return true;
}

}  // namespace

bool subtract(json::value& later, const json::value& earlier) {
    json::object& now = later.as_object();
    const json::object& before = earlier.as_object();
    if (now.at("regions_hash") != before.at("regions_hash")) return false;
    for (const char* bar : {"along_file", "along_device"}) {
        if (!is_same(now, before, bar)) return false;
    }
    // A lower value means that the counters were cleared or restarted.
    if (number(now, "read") < number(before, "read") || number(now, "written") < number(before, "written"))
        return false;
    for (const char* key : {"read", "written"}) {
        now[key] = number(now, key) - number(before, key);
        for (const char* bar : {"along_file", "along_device"})
            subtract_cells(now.at(bar).as_object(), before.at(bar).as_object(), key);
    }
    return true;
}

std::string text_of_map(const json::value& parsed, const screen& on) {
    const json::object& map = parsed.as_object();
    std::string text = head_of(map) + extents_of(map) + regions_of(map) + io_of(map) + table_of_stretches(map);
    const std::string along_file = bars_along_file(map, on), along_device = bars_along_device(map, on);
    if (along_file.empty() && along_device.empty()) return text;
    text += '\n' + along_file + along_device;
    return text + '\n' + legend(on);
}

}  // namespace dmfilemapctl
