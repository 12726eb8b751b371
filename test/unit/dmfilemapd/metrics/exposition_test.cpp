#include "support/process.hpp"
#include "unit/dmfilemapd/metrics/sample_snapshot.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

using namespace filemap::test;
using metrics::format;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// Returns true if the text contains the line.
bool has(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// Returns the violations of OpenMetrics; empty if there are none. Checks that families are contiguous and have heads,
/// that names fit their types, that samples differ, and that the text ends with EOF.
std::string wrong_with_open_metrics(const std::string& text) {
    const std::regex head("# (TYPE|UNIT|HELP) ([a-z_]+) (.+)");
    const std::regex sample("([a-z_]+)((?:\\{(?:[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\",?)+\\})?) ([0-9.]+)");
    const std::map<std::string, std::set<std::string>> suffixes{{"counter", {"_total", "_created"}},
                                                                {"gauge", {""}},
                                                                {"info", {"_info"}},
                                                                {"summary", {"_count", "_sum", "_created"}},
                                                                {"histogram", {"_bucket", "_count", "_sum"}}};
    std::vector<std::string> lines = lines_of(text);
    if (lines.empty() || lines.back() != "# EOF" || !text.ends_with('\n')) return "no end";
    lines.pop_back();
    std::string family, type;
    std::set<std::string> families, samples;
    for (const std::string& line : lines) {
        std::smatch part;
        if (std::regex_match(line, part, head)) {
            if (part[1] == "TYPE") {
                family = part[2];
                type = part[3];
                if (!families.insert(family).second) return "family twice: " + line;
                if (!suffixes.contains(type)) return "unknown type: " + line;
            } else if (part[2] != family) {
                return "head of another family: " + line;
            }
            if (part[1] == "UNIT" && !family.ends_with("_" + part[3].str())) return "unit: " + line;
        } else if (std::regex_match(line, part, sample)) {
            const std::string name = part[1];
            if (!name.starts_with(family) || !suffixes.at(type).contains(name.substr(family.size())))
                return "sample of no family: " + line;
            if (!samples.insert(name + part[2].str()).second) return "sample twice: " + line;
        } else {
            return "no line of a known kind: " + line;
        }
    }
    return {};
}

std::shared_ptr<metrics::snapshot> hostile_snapshot() {
    auto taken = sample_snapshot();
    for (const char* name : hostile_names) {
        taken->files.push_back(file_with_bounds(name));
        taken->files.back().alias = name;
    }
    return taken;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exposition_test)

BOOST_AUTO_TEST_CASE(file_metrics_add_carried_counters) {
    auto taken = sample_snapshot();
    taken->files.push_back(sample_file("/srv/x"));
    const std::string text = written(taken, format::classic);
    const std::string labels = "{path=\"/srv/x\",device=\"dm-3\"} ";
    for (const char* line : {"filemap_read_bytes_total@53248", "filemap_written_bytes_total@1024",
                             "filemap_inferred_written_bytes_total@32768", "filemap_reads_completed_total@13",
                             "filemap_writes_completed_total@2", "filemap_read_time_seconds_total@0.507",
                             "filemap_write_time_seconds_total@1", "filemap_io_time_seconds_total@0.9",
                             "filemap_io_time_weighted_seconds_total@1.1", "filemap_io_now@1", "filemap_regions@2",
                             "filemap_extents@3", "filemap_bridged_bytes@8192", "filemap_syncs_total@4"}) {
        std::string wanted = line;
        wanted.replace(wanted.find('@'), 1, labels);
        BOOST_TEST(has(text, wanted), wanted);
    }
    BOOST_TEST(has(text,
                   "filemap_file_info{path=\"/srv/x\",device=\"dm-3\",device_number=\"254:3\",inode=\"12\","
                   "group=\"0\",alias=\"disk\",program_id=\"dmstats\"} 1"));
    BOOST_TEST(text.find("latency") == std::string::npos, "there is no histogram without bounds");
}

BOOST_AUTO_TEST_CASE(buckets_are_cumulative) {
    auto taken = sample_snapshot();
    taken->files.push_back(file_with_bounds("/srv/x"));
    taken->files.push_back(sample_file("/srv/y"));
    const std::string text = written(taken, format::open_metrics);
    const std::string name = "filemap_io_latency_seconds", labels = "{path=\"/srv/x\",device=\"dm-3\"";
    BOOST_TEST(has(text, name + "_bucket" + labels + ",le=\"0.0005\"} 5"));
    BOOST_TEST(has(text, name + "_bucket" + labels + ",le=\"1.0\"} 12"));
    BOOST_TEST(has(text, name + "_bucket" + labels + ",le=\"+Inf\"} 15"));
    BOOST_TEST(has(text, name + "_count" + labels + "} 15"));
    BOOST_TEST(has(text, name + "_sum" + labels + "} 0.000001507"));
    BOOST_TEST(text.find("filemap_io_latency_seconds_bucket{path=\"/srv/y\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_service_tells_of_itself) {
    const std::string text = written(sample_snapshot(), format::open_metrics);
    for (const char* line :
         {"filemap_files{state=\"waiting\"} 1", "filemap_files{state=\"following\"} 2",
          "filemap_files{state=\"failed\"} 3", "filemap_unread_files 0", "filemap_sync_seconds_count 9",
          "filemap_sync_seconds_sum 1.234", "filemap_sync_seconds_created 1790000000.25",
          "filemap_events_overflowed_total 5", "filemap_events_overflowed_created 1790000000.25",
          "filemap_build_info{version=\"1.2.3\"} 1", "# UNIT filemap_sync_seconds seconds",
          "# TYPE filemap_events_overflowed counter"})
        BOOST_TEST(has(text, line), line);
    const std::string classic = written(sample_snapshot(), format::classic);
    BOOST_TEST(has(classic, "# TYPE filemap_events_overflowed_total counter"));
    for (const char* part : {"_created", "# UNIT", "# EOF"}) BOOST_TEST(classic.find(part) == std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(unread_files_are_counted) {
    auto taken = sample_snapshot();
    taken->files = {sample_file("/srv/x"), sample_file("/srv/y")};
    taken->files[0].counters.reset();
    std::string text = written(taken, format::classic);
    BOOST_TEST(has(text, "filemap_unread_files 1"));
    BOOST_TEST(has(text, "filemap_regions{path=\"/srv/x\",device=\"dm-3\"} 2"));
    BOOST_TEST(text.find("read_bytes_total{path=\"/srv/x\"") == std::string::npos);
    BOOST_TEST(text.find("read_bytes_total{path=\"/srv/y\"") != std::string::npos);
    taken->files[1].counters.reset();
    text = written(taken, format::open_metrics);
    BOOST_TEST(text.find("filemap_read_bytes") == std::string::npos, "no head without a sample");
    BOOST_TEST(wrong_with_open_metrics(text) == "");
}

BOOST_AUTO_TEST_CASE(chunk_size_does_not_change_text) {
    const std::string whole = written(hostile_snapshot(), format::open_metrics, 1 << 20);
    for (const std::size_t size : {1U, 100U, 1000U, 10000U}) {
        BOOST_TEST(written(hostile_snapshot(), format::open_metrics, size) == whole);
        metrics::exposition figures(hostile_snapshot(), format::open_metrics);
        BOOST_TEST(figures.next(size).size() < size + 4096);
    }
}

BOOST_AUTO_TEST_CASE(special_names_are_escaped) {
    for (const format in : {format::classic, format::open_metrics}) {
        const std::string text = written(hostile_snapshot(), in);
        std::set<std::string> told;
        for (const std::string& line : lines_of(text)) {
            if (line.starts_with("filemap_io_now{")) told.insert(line);
        }
        BOOST_TEST(told.size() == std::size(hostile_names));
        for (const char c : text) BOOST_TEST_REQUIRE((c == '\n' || static_cast<unsigned char>(c) >= ' '));
    }
    BOOST_TEST(wrong_with_open_metrics(written(hostile_snapshot(), format::open_metrics)) == "");
}

BOOST_AUTO_TEST_CASE(malformed_open_metrics_is_detected) {
    const std::string good = written(hostile_snapshot(), format::open_metrics);
    BOOST_TEST(wrong_with_open_metrics(good) == "");
    BOOST_TEST(wrong_with_open_metrics(good + good) != "");
    BOOST_TEST(wrong_with_open_metrics(good.substr(0, good.size() - 6)) == "no end");
    BOOST_TEST(wrong_with_open_metrics(written(hostile_snapshot(), format::classic) + "# EOF\n") != "");
    BOOST_TEST(wrong_with_open_metrics("# TYPE a counter\na{b=\"c\"d\"} 1\n# EOF\n") != "");
}

BOOST_AUTO_TEST_CASE(promtool_finds_nothing_wrong) {
    if (run_program({"sh", "-c", "command -v promtool"}).status != 0) {
        BOOST_TEST_MESSAGE("skipped: there is no promtool (Debian package prometheus)");
        std::cout << "skipped: there is no promtool (Debian package prometheus)\n";
        return;
    }
    const scratch_directory directory;
    const auto check = [&](const std::string& text) {
        std::ofstream(directory / "metrics") << text;
        return run_program({"sh", "-c", "promtool check metrics < \"$0\"", directory / "metrics"});
    };
    const program_result good = check(written(hostile_snapshot(), format::classic));
    BOOST_TEST(good.status == 0, good.out + good.err);
    BOOST_TEST(check("filemap_x{path=\"a\"b\"} 1\n").status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
