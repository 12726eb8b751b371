#include "dmfilemapd/hot/hot_json.hpp"

#include "common/http/json.hpp"

#include <boost/json.hpp>

#include <cmath>

namespace dmfilemapd {
namespace {

namespace json = boost::json;
using seconds = std::chrono::duration<double>;

// Rounds to a tenth.
double rounded(double value) {
    return std::round(value * 10) / 10;
}

void put_rate(json::object& into, const filemap::hot_rate& rate) {
    into["reads_per_second"] = rounded(rate.reads);
    into["writes_per_second"] = rounded(rate.writes);
    into["bytes_read_per_second"] = std::llround(rate.sectors_read * filemap::sector_size);
    into["bytes_written_per_second"] = std::llround(rate.sectors_written * filemap::sector_size);
}

void put_range(json::object& into, filemap::sector_range range) {
    into["sector"] = range.start.count();
    into["end_sector"] = range.end().count();
}

}  // namespace

std::string line_of_device(const std::string& node, const dm_device& device) {
    json::object line{{"event", "device"}};
    app::control::put_bytes(line, "path", node);
    line["device"] = to_string(device.id);
    line["sectors"] = device.size.count();
    return json::serialize(line);
}

std::string line_of_probe(filemap::sector_range range, filemap::sectors step) {
    json::object line{{"event", "probe"}};
    put_range(line, range);
    line["area_sectors"] = step.count();
    return json::serialize(line);
}

std::string line_of_spot(const filemap::hot_spot& spot, const filemap::hot_rate& all,
                         const std::vector<file_in_spot>& files) {
    json::object line{{"event", "spot"}};
    put_range(line, spot.range);
    line["share"] = std::min(1.0, rounded(spot.rate.requests() / all.requests() * 100) / 100);
    put_rate(line, spot.rate);
    json::array named;
    for (const file_in_spot& one : files) {
        json::object file;
        app::control::put_bytes(file, "path", one.path);
        file["sectors"] = one.sectors.count();
        named.emplace_back(std::move(file));
    }
    line["files"] = std::move(named);
    return json::serialize(line);
}

std::string line_of_end(const filemap::hot_spots& found, seconds taken, bool whole) {
    json::object line{{"event", "end"}};
    line["probes"] = found.probes();
    line["seconds"] = rounded(taken.count());
    line["complete"] = whole;
    put_rate(line, found.all());
    return json::serialize(line);
}

}  // namespace dmfilemapd
