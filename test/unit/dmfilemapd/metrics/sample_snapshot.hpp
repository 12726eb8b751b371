#pragma once

#include "dmfilemapd/metrics/exposition.hpp"

#include <memory>
#include <string>

namespace filemap::test {

namespace metrics = dmfilemapd::metrics;

inline metrics::file_sample sample_file(const std::string& path) {
    metrics::file_sample file;
    file.path = path;
    file.alias = "disk";
    file.program_id = "dmstats";
    file.device = device_id{254, 3};
    file.inode = 12;
    file.group = group_id{0};
    file.regions = 2;
    file.extents = 3;
    file.bridged = sectors{16};
    file.inferred = sectors{64};
    file.syncs = 4;
    file_counters& counters = file.counters.emplace();
    counters.live.reads = 3;
    counters.live.sectors_read = sectors{24};
    counters.live.read_time = 7;
    counters.live.writes = 2;
    counters.live.sectors_written = sectors{2};
    counters.live.write_time = 1000;
    counters.live.in_flight = 1;
    counters.live.io_time = 900;
    counters.live.weighted_io_time = 1100;
    counters.carried.reads = 10;
    counters.carried.sectors_read = sectors{80};
    counters.carried.read_time = 500;
    return file;
}

inline metrics::file_sample file_with_bounds(const std::string& path) {
    metrics::file_sample file = sample_file(path);
    file.counters->unit = std::chrono::nanoseconds{1};
    file.counters->bounds = {500'000, 1'000'000'000};
    file.counters->live.histogram = {1, 2, 2};
    file.counters->carried.histogram = {4, 5, 1};
    return file;
}

inline std::shared_ptr<metrics::snapshot> sample_snapshot() {
    auto taken = std::make_shared<metrics::snapshot>();
    taken->states = {1, 0, 2, 0, 3};
    taken->service.syncs = 9;
    taken->service.sync_time = std::chrono::milliseconds{1234};
    taken->service.events_overflowed = 5;
    taken->started_at = std::chrono::system_clock::time_point{std::chrono::milliseconds{1'790'000'000'250}};
    taken->version = "1.2.3";
    return taken;
}

inline std::string written(std::shared_ptr<const metrics::snapshot> of, metrics::format in, std::size_t piece = 4096) {
    metrics::exposition figures(std::move(of), in);
    std::string all;
    for (std::string text = figures.next(piece); !text.empty(); text = figures.next(piece)) all += text;
    return all;
}

/// Names of files that could break the text of the metrics.
inline const char* const hostile_names[] = {"/srv/\"} 1\n# EOF",
                                            "/srv/\\",
                                            "/srv/\n",
                                            "/srv/\r\n# TYPE x counter\n",
                                            "/srv/\xff\xfe",
                                            "/srv/caf\xe9",
                                            "/srv/caf\\xe9",
                                            "/srv/\xc3",
                                            "/srv/\xe2\x80\xa8",
                                            "/srv/{a=\"b\"}",
                                            "/srv/,",
                                            "/srv/ ",
                                            "/srv/\x01\x1f\x7f",
                                            "/srv/\xed\xa0\x80",
                                            "/srv/\xf0\x9f\x92\xbe",
                                            "/srv/$(id)"};

}  // namespace filemap::test
