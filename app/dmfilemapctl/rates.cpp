#include "dmfilemapctl/rates.hpp"

#include "dmfilemapctl/file_tables.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;

std::uint64_t number(const json::object& of, std::string_view key) {
    return of.at(key).to_number<std::uint64_t>();
}

double seconds(const json::object& of, std::string_view key) {
    return of.at(key).to_number<double>();
}

totals totals_in(const json::object& told) {
    totals found;
    found.time = seconds(told, "time");
    found.reads = number(told, "reads");
    found.read_bytes = number(told, "read_bytes");
    found.writes = number(told, "writes");
    found.written_bytes = number(told, "written_bytes");
    found.latency_seconds = seconds(told, "read_seconds") + seconds(told, "write_seconds");
    found.io_seconds = seconds(told, "io_seconds");
    for (const json::value& each : told.at("latency").as_array()) {
        const json::object& bin = each.as_object();
        found.ios.push_back(number(bin, "ios"));
        if (bin.contains("below_seconds")) found.bounds.push_back(seconds(bin, "below_seconds"));
    }
    return found;
}

file_reading file_in(json::object& told) {
    file_reading file;
    file.path = bytes_of(told, "path");
    file.inferred_bytes = number(told, "inferred_written_bytes");
    if (const json::value* counters = told.if_contains("counters")) file.counted = totals_in(counters->as_object());
    file.told = std::move(told);
    return file;
}

template <class Number>
Number growth(Number now, Number before) {
    return now - std::min(now, before);
}

// Returns the growth of each bin. Bins with different bounds cannot be compared.
std::vector<std::uint64_t> growth_of_bins(const totals& now, const totals& before) {
    if (now.bounds != before.bounds || now.ios.size() != before.ios.size()) return {};
    std::vector<std::uint64_t> ios(now.ios.size());
    std::ranges::transform(now.ios, before.ios, ios.begin(), growth<std::uint64_t>);
    return ios;
}

totals growth_of(const totals& now, const totals& before) {
    totals by;
    by.time = now.time - before.time;
    by.reads = growth(now.reads, before.reads);
    by.read_bytes = growth(now.read_bytes, before.read_bytes);
    by.writes = growth(now.writes, before.writes);
    by.written_bytes = growth(now.written_bytes, before.written_bytes);
    by.latency_seconds = growth(now.latency_seconds, before.latency_seconds);
    by.io_seconds = growth(now.io_seconds, before.io_seconds);
    by.bounds = now.bounds;
    by.ios = growth_of_bins(now, before);
    return by;
}

// Returns the bound of the first bin that completes 99 percent.
std::optional<latency_bound> p99_of(const totals& counted) {
    const auto all = std::accumulate(counted.ios.begin(), counted.ios.end(), std::uint64_t{0});
    if (all == 0 || counted.bounds.empty()) return {};
    const std::uint64_t max_above = all / 100;
    std::uint64_t above = all;
    for (std::size_t bin = 0; bin < counted.bounds.size() && bin < counted.ios.size(); ++bin) {
        above -= counted.ios[bin];
        if (above <= max_above) return latency_bound{counted.bounds[bin], true};
    }
    return latency_bound{counted.bounds.back(), false};
}

figures figures_of(const totals& counted, std::uint64_t inferred_bytes) {
    figures is;
    is.read_bytes = static_cast<double>(counted.read_bytes);
    is.written_bytes = static_cast<double>(counted.written_bytes);
    is.inferred_bytes = static_cast<double>(inferred_bytes);
    is.reads = static_cast<double>(counted.reads);
    is.writes = static_cast<double>(counted.writes);
    if (counted.reads + counted.writes > 0) is.mean_seconds = counted.latency_seconds / (is.reads + is.writes);
    is.p99 = p99_of(counted);
    return is;
}

figures rates_over(const totals& growth, std::uint64_t inferred_bytes) {
    figures is = figures_of(growth, inferred_bytes);
    for (double* amount : {&is.read_bytes, &is.written_bytes, &is.inferred_bytes, &is.reads, &is.writes})
        *amount /= growth.time;
    is.busy = growth.io_seconds / growth.time;
    return is;
}

}  // namespace

reading parse_reading(std::string_view text) {
    json::value parsed = json::parse(text);
    reading found;
    found.time = seconds(parsed.as_object(), "time");
    for (json::value& file : parsed.as_object().at("files").as_array()) {
        found.files.push_back(file_in(file.as_object()));
    }
    return found;
}

std::vector<file_figures> totals_of(reading of) {
    std::vector<file_figures> all;
    for (file_reading& file : of.files) {
        file_figures& one = all.emplace_back();
        if (file.counted) one.is = figures_of(*file.counted, file.inferred_bytes);
        one.file = std::move(file);
    }
    return all;
}

void rate_meter::known::take(const file_reading& now) {
    // The daemon has sent the same cached reading again.
    if (counted && counted->time == now.counted->time) return;
    is.reset();
    seconds = 0;
    // If the clock was set back, the elapsed time is unknown.
    if (counted && counted->time < now.counted->time) {
        const totals by = growth_of(*now.counted, *counted);
        is = rates_over(by, growth(now.inferred_bytes, inferred_bytes));
        seconds = by.time;
    }
    counted = now.counted;
    inferred_bytes = now.inferred_bytes;
}

std::vector<file_figures> rate_meter::rates_of(reading now) {
    std::vector<file_figures> all;
    // A file that reappears starts from zero.
    std::map<std::string, known> files;
    for (file_reading& file : now.files) {
        known& one = files[file.path];
        if (const auto before = files_.find(file.path); before != files_.end()) one = std::move(before->second);
        file_figures& shown = all.emplace_back();
        if (file.counted) {
            one.take(file);
            shown.is = one.is;
            shown.seconds = one.seconds;
        }
        shown.file = std::move(file);
    }
    files_ = std::move(files);
    return all;
}

}  // namespace dmfilemapctl
