#include "dmfilemapctl/hot_table.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/table.hpp"
#include "dmfilemapctl/file_tables.hpp"
#include "dmfilemapctl/map_bars.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;

std::uint64_t number(const json::object& of, std::string_view key) {
    return of.at(key).to_number<std::uint64_t>();
}

std::string whole(const json::object& of, std::string_view key) {
    return std::to_string(std::llround(of.at(key).to_number<double>()));
}

struct scan {
    json::object device;
    std::vector<json::object> spots;
    std::optional<json::object> end;
};

scan read(std::string_view lines) {
    scan told;
    for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos; lines.remove_prefix(end + 1)) {
        json::object line = json::parse(lines.substr(0, end)).as_object();
        // The daemon reports an error as a problem object.
        if (line.contains("detail")) throw app::startup_error(plain(line.at("detail")));
        const std::string event = plain(line.at("event"));
        if (event == "device")
            told.device = std::move(line);
        else if (event == "spot")
            told.spots.push_back(std::move(line));
        else if (event == "end")
            told.end = std::move(line);
    }
    if (!told.end) throw app::startup_error("the daemon ended the hunt");
    return told;
}

std::string head_of(const scan& told) {
    const json::object& end = *told.end;
    return name_of(told.device, "path") + "\n  device " + plain(told.device.at("device")) + ", " +
           size_text(512 * number(told.device, "sectors")) + ": " + whole(end, "reads_per_second") + " reads/s of " +
           size_text(number(end, "bytes_read_per_second")) + "/s, " + whole(end, "writes_per_second") +
           " writes/s of " + size_text(number(end, "bytes_written_per_second")) + "/s\n  " + plain(end.at("probes")) +
           " looks in " + whole(end, "seconds") + " s" +
           (end.at("complete").as_bool() ? "" : ", after which time was over") + '\n';
}

std::string files_of(const json::object& spot) {
    std::string text;
    for (const json::value& each : spot.at("files").as_array()) {
        text += (text.empty() ? "" : ", ") + name_of(each.as_object(), "path");
    }
    return text.empty() ? "-" : text;
}

}  // namespace

std::string node_of_device(const std::string& device) {
    if (device.empty()) throw app::usage_error("DEVICE '': empty");
    if (device.find('/') != std::string::npos) return std::filesystem::absolute(device).lexically_normal().string();
    const bool is_number = device.find_first_not_of("0123456789:") == std::string::npos;
    return (is_number && device.find(':') != std::string::npos ? "/dev/block/" : "/dev/mapper/") + device;
}

std::string text_of_hunt(std::string_view lines) {
    const scan told = read(lines);
    if (told.spots.empty()) return head_of(told) + "  no hot spot\n";
    app::table rows({"SHARE", "SECTOR", "END", "SIZE", "READS/S", "WRITES/S", "READ", "WRITTEN", "FILES"});
    for (const json::object& spot : told.spots) {
        rows.add({std::to_string(std::llround(spot.at("share").to_number<double>() * 100)) + " %",
                  plain(spot.at("sector")), plain(spot.at("end_sector")),
                  size_text(512 * (number(spot, "end_sector") - number(spot, "sector"))),
                  whole(spot, "reads_per_second"), whole(spot, "writes_per_second"),
                  size_text(number(spot, "bytes_read_per_second")) + "/s",
                  size_text(number(spot, "bytes_written_per_second")) + "/s", files_of(spot)});
    }
    return head_of(told) + '\n' + rows.text("  ");
}

}  // namespace dmfilemapctl
