#include "dmfilemapd/api/counters_json.hpp"

#include "common/http/json.hpp"
#include "dmfilemapd/metrics/metric_format.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace dmfilemapd::control {
namespace {

namespace json = boost::json;
using filemap::file_counters;
using filemap::dm::counters;
using view = std::string_view;

void put_key(std::string& to, view key) {
    to.append(to.ends_with('{') ? "\"" : ",\"").append(key).append("\":");
}

void put_number(std::string& to, view key, std::uint64_t number) {
    put_key(to, key);
    to += std::to_string(number);
}

// Writes a decimal fraction without rounding; a double would round.
void put_seconds(std::string& to, view key, std::uint64_t count, std::chrono::nanoseconds unit) {
    constexpr std::chrono::nanoseconds second{std::chrono::seconds{1}};
    put_key(to, key);
    metrics::append_seconds(to, count, static_cast<std::uint64_t>(second / unit));
}

void put_time(std::string& to, std::chrono::system_clock::time_point time) {
    constexpr std::chrono::microseconds unit{1};
    const auto since = std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch();
    put_seconds(to, "time", static_cast<std::uint64_t>(since.count()), unit);
}

// Writes the latency bins. The last bin has no upper bound.
void put_latency(std::string& to, const file_counters& read, const counters& total) {
    put_key(to, "latency");
    to += '[';
    for (std::size_t at = 0; at < total.histogram.size(); ++at) {
        to += at == 0 ? "{" : ",{";
        if (at < read.bounds.size()) put_seconds(to, "below_seconds", read.bounds[at], read.unit);
        put_number(to, "ios", total.histogram[at]);
        to += '}';
    }
    to += ']';
}

void put_counters(std::string& to, const file_counters& read) {
    const counters total = read.total();
    put_key(to, "counters");
    to += '{';
    put_time(to, read.read_at);
    put_number(to, "reads", total.reads);
    put_number(to, "read_bytes", to_bytes(total.sectors_read).count());
    put_seconds(to, "read_seconds", total.read_time, read.unit);
    put_number(to, "writes", total.writes);
    put_number(to, "written_bytes", to_bytes(total.sectors_written).count());
    put_seconds(to, "write_seconds", total.write_time, read.unit);
    put_seconds(to, "io_seconds", total.io_time, read.unit);
    put_seconds(to, "weighted_io_seconds", total.weighted_io_time, read.unit);
    put_number(to, "in_flight", read.live.in_flight);
    put_latency(to, read, total);
    to += '}';
}

void put_file(std::string& to, const metrics::file_sample& file) {
    json::object names;
    app::control::put_bytes(names, "path", file.path);
    names["device"] = to_string(file.device);
    to += json::serialize(names);
    // Removes the closing brace, because further members are appended.
    to.pop_back();
    if (file.group) put_number(to, "group", file.group->value());
    put_number(to, "regions", file.regions);
    put_number(to, "extents", file.extents);
    put_number(to, "bridged_bytes", to_bytes(file.bridged).count());
    put_number(to, "inferred_written_bytes", to_bytes(file.inferred).count());
    if (file.counters) put_counters(to, *file.counters);
    to += '}';
}

}  // namespace

counters_json::counters_json(std::shared_ptr<const metrics::snapshot> of) : snapshot_(std::move(of)) {}

std::string counters_json::next(std::size_t size) {
    std::string text;
    if (!std::exchange(begun_, true)) {
        text += '{';
        put_time(text, snapshot_->taken_at);
        text += ",\"files\":[";
    }
    for (; file_ < snapshot_->files.size(); ++file_) {
        if (file_ > 0 && text.size() >= size) return text;
        text += file_ == 0 ? "\n" : ",\n";
        put_file(text, snapshot_->files[file_]);
    }
    if (!std::exchange(ended_, true)) text += "\n]}\n";
    return text;
}

}  // namespace dmfilemapd::control
