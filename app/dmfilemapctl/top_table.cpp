#include "dmfilemapctl/top_table.hpp"

#include "common/text/display.hpp"
#include "common/text/table.hpp"
#include "common/text/width.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <span>
#include <utility>

#include <fnmatch.h>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;

// Minimum width of names. A shorter remainder of a name identifies no file.
constexpr std::size_t min_name = 12;

std::string formatted(const char* how, double value) {
    char text[48];
    std::snprintf(text, sizeof text, how, value);
    return text;
}

// Formats a number of bytes as "1.5M", with powers of 1024.
std::string bytes_cell(double bytes) {
    constexpr std::string_view units = " KMGTPE";
    std::size_t unit = 0;
    for (; bytes >= 999.5 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    if (unit == 0) return formatted("%.0f", bytes);
    return formatted(bytes < 9.95 ? "%.1f" : "%.0f", bytes) + units[unit];
}

// Formats a rate as "3.4", or a total as "12345".
std::string count_cell(double count, bool totals) {
    return formatted(!totals && count > 0 && count < 9.95 ? "%.1f" : "%.0f", count);
}

// Formats a time as "1.5ms".
std::string time_cell(double seconds) {
    constexpr std::array units{"s", "ms", "us", "ns"};
    std::size_t unit = 0;
    for (; seconds < 0.9995 && seconds > 0 && unit + 1 < units.size(); ++unit) seconds *= 1000;
    return formatted(seconds < 9.95 ? "%.1f" : "%.0f", seconds) + units[unit];
}

std::string bound_cell(const latency_bound& bound) {
    return (bound.is_upper ? "<" : ">") + time_cell(bound.seconds);
}

std::string share_cell(double share) {
    return formatted("%.0f%%", share * 100);
}

double written(const figures& is) {
    return is.written_bytes + is.inferred_bytes;
}

// Returns the sort rank. Higher ranks come first. An absent value ranks below every present one.
double rank(const figures& is, sort_key by) {
    constexpr double none = -1;
    switch (by) {
        case sort_key::bytes: return is.read_bytes + written(is);
        case sort_key::reads: return is.read_bytes;
        case sort_key::writes: return written(is);
        case sort_key::iops: return is.reads + is.writes;
        case sort_key::latency: return is.mean_seconds.value_or(none);
        case sort_key::p99:
            if (!is.p99) return none;
            return is.p99->is_upper ? is.p99->seconds : std::numeric_limits<double>::infinity();
        case sort_key::busy: return is.busy.value_or(none);
        case sort_key::path: return 0;
    }
    return none;
}

double rank(const file_figures& of, sort_key by) {
    constexpr double nothing_known = -2;
    if (by == sort_key::path) return 0;
    return of.is ? rank(*of.is, by) : nothing_known;
}

template <class Value>
std::string cell(const std::optional<Value>& value, std::string (*text)(Value)) {
    return value ? text(*value) : "-";
}

app::table::row cells_of(const file_figures& of, bool totals) {
    app::table::row cells(totals ? 6 : 7, "-");
    if (!of.is) return cells;
    const figures& is = *of.is;
    cells[0] = bytes_cell(is.read_bytes);
    cells[1] = bytes_cell(written(is));
    cells[2] = bytes_cell(is.inferred_bytes);
    cells[3] = count_cell(is.reads + is.writes, totals);
    cells[4] = cell(is.mean_seconds, time_cell);
    if (is.p99) cells[5] = bound_cell(*is.p99);
    if (!totals) cells[6] = cell(is.busy, share_cell);
    return cells;
}

app::table::row heads_of(bool totals) {
    if (totals) return {"READ", "WRITTEN", "INFERRED", "IOS", "MEAN", "P99", "FILE"};
    // Pads the heads for most values, so that columns do not move between tables.
    return {"READ/S", "WRITTEN/S", "INFERRED/S", " IOPS", " MEAN", "   P99", "BUSY", "FILE"};
}

std::span<const file_figures> shown_files(const shown& what) {
    const std::span<const file_figures> all(what.files);
    return what.by.most == 0 ? all : all.first(std::min(all.size(), what.by.most));
}

std::string rows_of(const shown& what, const std::function<std::string(const std::string&)>& name) {
    app::table::row heads = heads_of(what.totals);
    const std::size_t on_the_right = heads.size() - 1;
    app::table rows(std::move(heads), on_the_right);
    for (const file_figures& of : shown_files(what)) {
        app::table::row cells = cells_of(of, what.totals);
        cells.push_back(name(app::displayed(of.file.path)));
        rows.add(std::move(cells));
    }
    return rows.text("");
}

// Truncates a name at its beginning, because the end tells files apart.
std::string cut(const std::string& name, std::size_t width) {
    constexpr std::string_view omission = "...";
    if (app::width_of(name) <= width) return name;
    return std::string(omission).append(app::suffix_within(name, width - omission.size()));
}

// Returns the sums, or an empty text if no file has metrics.
std::string sums_of(const shown& what) {
    figures sum;
    bool is_known = false;
    for (const file_figures& of : what.files) {
        if (!of.is) continue;
        is_known = true;
        sum.read_bytes += of.is->read_bytes;
        sum.written_bytes += written(*of.is);
        sum.inferred_bytes += of.is->inferred_bytes;
        sum.reads += of.is->reads + of.is->writes;
    }
    if (!is_known) return {};
    const std::string each = what.totals ? "" : "/s";
    return ": " + bytes_cell(sum.read_bytes) + each + " read, " + bytes_cell(sum.written_bytes) + each + " written (" +
           bytes_cell(sum.inferred_bytes) + each + " inferred), " + count_cell(sum.reads, what.totals) +
           (what.totals ? " I/Os" : " IOPS");
}

std::string head_of(const shown& what) {
    const auto unread = std::ranges::count_if(what.files, [](const file_figures& of) { return !of.file.counted; });
    std::string text =
        what.time + "  " + std::to_string(what.files.size()) + (what.files.size() == 1 ? " file" : " files");
    text += sums_of(what);
    if (unread > 0) text += "; " + std::to_string(unread) + " could not be read";
    return text + '\n';
}

void put_rates(json::object& into, const file_figures& of) {
    const figures& is = *of.is;
    json::object rates{{"seconds", of.seconds},
                       {"bytes_read_per_second", is.read_bytes},
                       {"bytes_written_per_second", is.written_bytes},
                       {"bytes_inferred_per_second", is.inferred_bytes},
                       {"reads_per_second", is.reads},
                       {"writes_per_second", is.writes}};
    if (is.busy) rates["busy"] = *is.busy;
    into["rates"] = std::move(rates);
}

json::object object_of(const file_figures& of, bool totals) {
    json::object object = of.file.told;
    if (!of.is) return object;
    if (!totals) put_rates(object, of);
    json::object latency;
    if (of.is->mean_seconds) latency["mean_seconds"] = *of.is->mean_seconds;
    if (of.is->p99) latency[of.is->p99->is_upper ? "p99_below_seconds" : "p99_above_seconds"] = of.is->p99->seconds;
    object["latency"] = std::move(latency);
    return object;
}

}  // namespace

std::string_view name_of(sort_key key) noexcept {
    return std::ranges::find(sort_names, key, &sort_name::key)->name;
}

bool is_chosen(const std::string& path, const std::string& filter) {
    if (filter.find_first_of("*?[") == std::string::npos) return path.find(filter) != std::string::npos;
    return ::fnmatch(filter.c_str(), path.c_str(), 0) == 0;
}

std::vector<file_figures> chosen(std::vector<file_figures> from, const choice& by) {
    std::erase_if(from, [&](const file_figures& of) { return !is_chosen(of.file.path, by.filter); });
    std::ranges::sort(from, [&](const file_figures& a, const file_figures& b) {
        const double of_a = rank(a, by.by), of_b = rank(b, by.by);
        return of_a != of_b ? of_a > of_b : a.file.path < b.file.path;
    });
    return from;
}

std::string table_of(const shown& what, std::optional<std::size_t> width) {
    const std::string head = head_of(what);
    if (!width) return head + rows_of(what, std::identity{});
    const std::string without_names = rows_of(what, [](const std::string&) { return std::string(); });
    const std::size_t begin = without_names.find("FILE");
    const std::size_t room = std::max(min_name, *width - std::min(*width, begin));
    return head + rows_of(what, [&](const std::string& name) { return cut(name, room); });
}

json::object object_of(const shown& what, double time) {
    json::array files;
    for (const file_figures& of : shown_files(what)) files.emplace_back(object_of(of, what.totals));
    json::object object;
    object["time"] = time;
    object["files"] = std::move(files);
    return object;
}

}  // namespace dmfilemapctl
