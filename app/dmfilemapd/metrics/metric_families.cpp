#include "dmfilemapd/metrics/metric_families.hpp"

#include <chrono>

namespace dmfilemapd::metrics {
namespace {

using filemap::file_counters;
using filemap::dm::counters;
using view = std::string_view;

constexpr std::uint64_t ns_of_second = 1'000'000'000;

std::uint64_t per_second(const file_counters& of) {
    return ns_of_second / static_cast<std::uint64_t>(of.unit.count());
}

void begin_sample(std::string& to, view name, view suffix, view labels) {
    to.append(name).append(suffix).append("{").append(labels).append("} ");
}

void put_number(std::string& to, view name, view suffix, view labels, std::uint64_t number) {
    begin_sample(to, name, suffix, labels);
    to.append(std::to_string(number)).append("\n");
}

void put_seconds(std::string& to, view name, view suffix, view labels, std::uint64_t count, std::uint64_t per_second) {
    begin_sample(to, name, suffix, labels);
    append_seconds(to, count, per_second);
    to += '\n';
}

bool always(const file_sample&) {
    return true;
}

bool is_read(const file_sample& file) {
    return file.counters.has_value();
}

bool has_bounds(const file_sample& file) {
    return file.counters && !file.counters->bounds.empty();
}

template <auto Member>
void put_count(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, "_total", labels, file.counters->live.*Member + file.counters->carried.*Member);
}

template <auto Member>
void put_bytes(std::string& to, view name, view labels, const file_sample& file) {
    const filemap::sectors sum = file.counters->live.*Member + file.counters->carried.*Member;
    put_number(to, name, "_total", labels, to_bytes(sum).count());
}

template <auto Member>
void put_time(std::string& to, view name, view labels, const file_sample& file) {
    const std::uint64_t sum = file.counters->live.*Member + file.counters->carried.*Member;
    put_seconds(to, name, "_total", labels, sum, per_second(*file.counters));
}

template <auto Member>
void put_size(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, {}, labels, file.*Member);
}

void put_in_flight(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, {}, labels, file.counters->live.in_flight);
}

void put_bridged(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, {}, labels, to_bytes(file.bridged).count());
}

void put_inferred(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, "_total", labels, to_bytes(file.inferred).count());
}

void put_syncs(std::string& to, view name, view labels, const file_sample& file) {
    put_number(to, name, "_total", labels, file.syncs);
}

// Formats bounds as "0.5" and "2.0", the form of OpenMetrics.
std::string bucket_labels(view labels, std::uint64_t bound, std::uint64_t per_second) {
    std::string text(labels);
    text += ",le=\"";
    append_seconds(text, bound, per_second);
    if (bound % per_second == 0) text += ".0";
    return text + '"';
}

// Converts the kernel's separate bins to cumulative buckets. Every I/O is in one bin. Its time is in the read or the
// write time.
void put_latency(std::string& to, view name, view labels, const file_sample& file) {
    const file_counters& read = *file.counters;
    const counters total = read.total();
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < total.histogram.size(); ++i) {
        below += total.histogram[i];
        if (i < read.bounds.size())
            put_number(to, name, "_bucket", bucket_labels(labels, read.bounds[i], per_second(read)), below);
    }
    put_number(to, name, "_bucket", std::string(labels) + ",le=\"+Inf\"", below);
    put_number(to, name, "_count", labels, below);
    put_seconds(to, name, "_sum", labels, total.read_time + total.write_time, per_second(read));
}

void put_info(std::string& to, view name, view labels, const file_sample& file) {
    std::string all(labels);
    all += ",device_number=\"" + to_string(file.device) + "\",inode=\"" + std::to_string(file.inode) + "\",group=\"" +
           (file.group ? std::to_string(file.group->value()) : "") + "\",alias=\"" + label_value(file.alias) +
           "\",program_id=\"" + label_value(file.program_id) + '"';
    put_number(to, name, "_info", all, 1);
}

// Byte counters come first because they are exact.
constexpr file_family families[] = {
    {{"filemap_read_bytes", kind::counter, "bytes", "Bytes read from the device in the file's regions."},
     is_read,
     put_bytes<&counters::sectors_read>},
    {{"filemap_written_bytes", kind::counter, "bytes", "Bytes written to the device in the file's regions."},
     is_read,
     put_bytes<&counters::sectors_written>},
    {{"filemap_inferred_written_bytes", kind::counter, "bytes",
      "Estimated bytes written before regions covered them, derived from extents; not in filemap_written_bytes."},
     always,
     put_inferred},
    {{"filemap_reads_completed", kind::counter, {}, "Reads completed; a read across two regions counts twice."},
     is_read,
     put_count<&counters::reads>},
    {{"filemap_writes_completed", kind::counter, {}, "Writes completed; a write across two regions counts twice."},
     is_read,
     put_count<&counters::writes>},
    {{"filemap_read_time_seconds", kind::counter, "seconds", "Sum of the times of all reads."},
     is_read,
     put_time<&counters::read_time>},
    {{"filemap_write_time_seconds", kind::counter, "seconds", "Sum of the times of all writes."},
     is_read,
     put_time<&counters::write_time>},
    {{"filemap_io_time_seconds", kind::counter, "seconds", "Time with I/O in flight, summed over regions."},
     is_read,
     put_time<&counters::io_time>},
    {{"filemap_io_time_weighted_seconds", kind::counter, "seconds",
      "Time with I/O in flight, weighted by the number of I/Os, summed over regions."},
     is_read,
     put_time<&counters::weighted_io_time>},
    {{"filemap_io_now", kind::gauge, {}, "I/O in flight."}, is_read, put_in_flight},
    {{"filemap_io_latency_seconds", kind::histogram, "seconds", "Latency of reads and writes."},
     has_bounds,
     put_latency},
    {{"filemap_file", kind::info, {}, "The group of a monitored file."}, always, put_info},
    {{"filemap_regions", kind::gauge, {}, "Regions in the file's group."}, always, put_size<&file_sample::regions>},
    {{"filemap_extents", kind::gauge, {}, "Extents that the file system lists."},
     always,
     put_size<&file_sample::extents>},
    {{"filemap_bridged_bytes", kind::gauge, "bytes", "Bytes in the regions that do not belong to the file."},
     always,
     put_bridged},
    {{"filemap_syncs", kind::counter, {}, "Completed synchronisations of the group with the file."}, always, put_syncs},
};

view type_name(kind is, format in) {
    switch (is) {
        case kind::counter: return "counter";
        case kind::gauge: return "gauge";
        case kind::histogram: return "histogram";
        case kind::info: return in == format::open_metrics ? "info" : "gauge";
        case kind::summary: return "summary";
    }
    return {};
}

// The classic format has no family names, only names of samples.
view classic_suffix(kind is) {
    switch (is) {
        case kind::counter: return "_total";
        case kind::info: return "_info";
        case kind::gauge:
        case kind::histogram:
        case kind::summary: return {};
    }
    return {};
}

void put_states(std::string& to, const snapshot& of, format in) {
    append_head(to, {"filemap_files", kind::gauge, {}, "Files of the service, by state."}, in);
    for (std::size_t i = 0; i < of.states.size(); ++i) {
        const view state = describe(static_cast<filemap::file_state>(i));
        put_number(to, "filemap_files", {}, "state=\"" + std::string(state) + '"', of.states[i]);
    }
}

void put_plain(std::string& to, view name, std::uint64_t number) {
    to.append(name).append(" ").append(std::to_string(number)).append("\n");
}

// Writes the start time of the service's own counters; no other start time is known. The classic format has none.
void put_created(std::string& to, view name, const snapshot& of, format in) {
    if (in == format::classic) return;
    const auto since = std::chrono::floor<std::chrono::milliseconds>(of.started_at).time_since_epoch().count();
    to.append(name).append("_created ");
    append_seconds(to, static_cast<std::uint64_t>(since), 1000);
    to += '\n';
}

void put_unread(std::string& to, const snapshot& of, format in) {
    std::uint64_t unread = 0;
    for (const file_sample& file : of.files) unread += !file.counters;
    append_head(to, {"filemap_unread_files", kind::gauge, {}, "Monitored files without counters in this scrape."}, in);
    put_plain(to, "filemap_unread_files", unread);
}

}  // namespace

std::span<const file_family> file_families() noexcept {
    return families;
}

void append_head(std::string& to, const family& of, format in) {
    std::string name(of.name);
    if (in == format::classic) name += classic_suffix(of.is);
    to.append("# TYPE ").append(name).append(" ").append(type_name(of.is, in)).append("\n");
    if (in == format::open_metrics && !of.unit.empty())
        to.append("# UNIT ").append(name).append(" ").append(of.unit).append("\n");
    to.append("# HELP ").append(name).append(" ").append(of.help).append("\n");
}

void append_service(std::string& to, const snapshot& of, format in) {
    put_states(to, of, in);
    put_unread(to, of, in);

    append_head(
        to, {"filemap_sync_seconds", kind::summary, "seconds", "Time of synchronisations of groups with files."}, in);
    put_plain(to, "filemap_sync_seconds_count", of.service.syncs);
    to += "filemap_sync_seconds_sum ";
    append_seconds(to, static_cast<std::uint64_t>(of.service.sync_time.count()), ns_of_second);
    to += '\n';
    put_created(to, "filemap_sync_seconds", of, in);

    append_head(to, {"filemap_events_overflowed", kind::counter, {}, "Overflows of the inotify queue."}, in);
    put_plain(to, "filemap_events_overflowed_total", of.service.events_overflowed);
    put_created(to, "filemap_events_overflowed", of, in);

    append_head(to, {"filemap_build", kind::info, {}, "Version of the exporting program."}, in);
    put_number(to, "filemap_build", "_info", "version=\"" + label_value(of.version) + '"', 1);
}

}  // namespace dmfilemapd::metrics
