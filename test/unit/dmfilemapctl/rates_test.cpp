#include "dmfilemapctl/rates.hpp"

#include <boost/test/unit_test.hpp>

using namespace dmfilemapctl;

namespace {

totals totals_at(double time) {
    totals counted;
    counted.time = time;
    return counted;
}

file_reading file_with(const std::string& path, std::optional<totals> counted, std::uint64_t inferred = 0) {
    file_reading file;
    file.path = path;
    file.counted = std::move(counted);
    file.inferred_bytes = inferred;
    return file;
}

/// Returns the rates of one file.
file_figures rates_of(rate_meter& meter, file_reading file) {
    reading now;
    now.files.push_back(std::move(file));
    auto all = meter.rates_of(std::move(now));
    BOOST_TEST_REQUIRE(all.size() == 1U);
    return std::move(all[0]);
}

constexpr const char* told =
    R"({"time":101.5,"files":[{"path":"/a\ufffd","path_encoded":"/a%FF","device":"253:0","group":3,"regions":2,"extents":4,)"
    R"("bridged_bytes":0,"inferred_written_bytes":4096,"counters":{"time":101.25,"reads":3,"read_bytes":1536,)"
    R"("read_seconds":0.5,"writes":1,"written_bytes":512,"write_seconds":1,"io_seconds":0.75,"weighted_io_seconds":2,)"
    R"("in_flight":1,"latency":[{"below_seconds":0.001,"ios":3},{"ios":1}]}},)"
    R"({"path":"/b","device":"253:0","regions":0,"extents":0,"bridged_bytes":0,"inferred_written_bytes":0}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(rates_test)

BOOST_AUTO_TEST_CASE(reading_parses_daemon_json) {
    const reading read = parse_reading(told);
    BOOST_TEST(read.time == 101.5);
    BOOST_TEST_REQUIRE(read.files.size() == 2U);
    const file_reading& file = read.files[0];
    BOOST_TEST(file.path == "/a\xff");
    BOOST_TEST(file.inferred_bytes == 4096U);
    BOOST_TEST_REQUIRE(file.counted.has_value());
    BOOST_TEST(file.counted->time == 101.25);
    BOOST_TEST(file.counted->reads == 3U);
    BOOST_TEST(file.counted->read_bytes == 1536U);
    BOOST_TEST(file.counted->writes == 1U);
    BOOST_TEST(file.counted->written_bytes == 512U);
    BOOST_TEST(file.counted->latency_seconds == 1.5);
    BOOST_TEST(file.counted->io_seconds == 0.75);
    BOOST_TEST((file.counted->bounds == std::vector<double>{0.001}));
    BOOST_TEST((file.counted->ios == std::vector<std::uint64_t>{3, 1}));
    BOOST_TEST(!read.files[1].counted);
}

BOOST_AUTO_TEST_CASE(what_no_daemon_sends_is_refused) {
    for (const char* text : {"", "[]", "{}", R"({"time":1})", R"({"time":1,"files":[7]})", R"({"time":1,"files":[{}]})",
                             R"({"time":1,"files":[{"path":"/a","inferred_written_bytes":0,"counters":{}}]})"})
        BOOST_CHECK_THROW(static_cast<void>(parse_reading(text)), std::exception);
}

BOOST_AUTO_TEST_CASE(totals_are_of_all_time) {
    const auto all = totals_of(parse_reading(told));
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST_REQUIRE(all[0].is.has_value());
    BOOST_TEST(all[0].is->read_bytes == 1536);
    BOOST_TEST(all[0].is->written_bytes == 512);
    BOOST_TEST(all[0].is->inferred_bytes == 4096);
    BOOST_TEST(all[0].is->mean_seconds.value() == 0.375);
    BOOST_TEST((all[0].is->p99 == latency_bound{0.001, false}));
    BOOST_TEST(!all[0].is->busy);
    BOOST_TEST(!all[1].is);
}

BOOST_AUTO_TEST_CASE(rates_use_time_between_readings) {
    rate_meter meter;
    totals counted = totals_at(100);
    counted.reads = 10;
    counted.read_bytes = 10240;
    counted.io_seconds = 3;
    BOOST_TEST(!rates_of(meter, file_with("/a", counted, 4096)).is);
    counted.time = 102.5;
    counted.reads += 5;
    counted.read_bytes += 25600;
    counted.writes += 10;
    counted.written_bytes += 5120;
    counted.latency_seconds += 0.3;
    counted.io_seconds += 5;
    const file_figures rates = rates_of(meter, file_with("/a", counted, 9216));
    BOOST_TEST(rates.seconds == 2.5);
    BOOST_TEST_REQUIRE(rates.is.has_value());
    BOOST_TEST(rates.is->read_bytes == 10240);
    BOOST_TEST(rates.is->written_bytes == 2048);
    BOOST_TEST(rates.is->inferred_bytes == 2048);
    BOOST_TEST(rates.is->reads == 2);
    BOOST_TEST(rates.is->writes == 4);
    BOOST_TEST(rates.is->mean_seconds.value() == 0.02, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(rates.is->busy.value() == 2);
    BOOST_TEST(!rates.is->p99);
}

BOOST_AUTO_TEST_CASE(without_io_there_is_no_latency) {
    rate_meter meter;
    totals counted = totals_at(1);
    counted.bounds = {0.5};
    counted.ios = {7, 0};
    static_cast<void>(rates_of(meter, file_with("/a", counted)));
    counted.time = 2;
    const file_figures idle = rates_of(meter, file_with("/a", counted));
    BOOST_TEST(idle.is->read_bytes == 0);
    BOOST_TEST(!idle.is->mean_seconds);
    BOOST_TEST(!idle.is->p99);
    BOOST_TEST(idle.is->busy.value() == 0);
}

BOOST_AUTO_TEST_CASE(repeated_reading_keeps_rates) {
    rate_meter meter;
    totals counted = totals_at(1);
    static_cast<void>(rates_of(meter, file_with("/a", counted, 0)));
    BOOST_TEST(!rates_of(meter, file_with("/a", counted, 0)).is);
    counted.time = 2;
    counted.read_bytes = 100;
    BOOST_TEST(rates_of(meter, file_with("/a", counted, 0)).is->read_bytes == 100);
    // Estimated bytes start at the same reading.
    BOOST_TEST(rates_of(meter, file_with("/a", counted, 60)).is->inferred_bytes == 0);
    counted.time = 4;
    const file_figures later = rates_of(meter, file_with("/a", counted, 60));
    BOOST_TEST(later.is->read_bytes == 0);
    BOOST_TEST(later.is->inferred_bytes == 30);
}

BOOST_AUTO_TEST_CASE(unread_file_uses_longer_time) {
    rate_meter meter;
    totals counted = totals_at(1);
    static_cast<void>(rates_of(meter, file_with("/a", counted)));
    BOOST_TEST(!rates_of(meter, file_with("/a", {})).is);
    counted.time = 5;
    counted.read_bytes = 400;
    const file_figures later = rates_of(meter, file_with("/a", counted));
    BOOST_TEST(later.is->read_bytes == 100);
    BOOST_TEST(later.seconds == 4);
}

BOOST_AUTO_TEST_CASE(files_come_and_go) {
    rate_meter meter;
    static_cast<void>(rates_of(meter, file_with("/a", totals_at(1))));
    BOOST_TEST(!rates_of(meter, file_with("/b", totals_at(2))).is);
    BOOST_TEST(!rates_of(meter, file_with("/a", totals_at(3))).is);
    BOOST_TEST(meter.rates_of({}).empty());
    BOOST_TEST(!rates_of(meter, file_with("/a", {})).is);
    BOOST_TEST(!rates_of(meter, file_with("/a", totals_at(5))).is);
    BOOST_TEST(rates_of(meter, file_with("/a", totals_at(6))).is.has_value());
}

BOOST_AUTO_TEST_CASE(nothing_goes_below_zero) {
    rate_meter meter;
    totals counted = totals_at(1);
    counted.reads = counted.writes = counted.read_bytes = counted.written_bytes = 100;
    counted.latency_seconds = counted.io_seconds = 9;
    counted.bounds = {1};
    counted.ios = {100, 100};
    static_cast<void>(rates_of(meter, file_with("/a", counted, 100)));
    totals less = totals_at(2);
    less.bounds = {1};
    less.ios = {0, 0};
    const auto rates = rates_of(meter, file_with("/a", less, 0));
    BOOST_TEST_REQUIRE(rates.is.has_value());
    for (const double figure : {rates.is->read_bytes, rates.is->written_bytes, rates.is->inferred_bytes,
                                rates.is->reads, rates.is->writes, *rates.is->busy})
        BOOST_TEST(figure == 0);
    BOOST_TEST(!rates.is->p99);
    // The clock was set back.
    BOOST_TEST(!rates_of(meter, file_with("/a", totals_at(1.5))).is);
    BOOST_TEST(rates_of(meter, file_with("/a", totals_at(2.5))).seconds == 1);
}

BOOST_AUTO_TEST_CASE(p99_names_its_bin) {
    struct row {
        std::vector<std::uint64_t> ios;
        std::optional<latency_bound> p99;
    };
    const row table[] = {
        {{1, 0, 0}, latency_bound{0.001, true}},
        {{99, 1, 0}, latency_bound{0.001, true}},
        {{98, 2, 0}, latency_bound{1, true}},
        {{0, 0, 1}, latency_bound{1, false}},
        {{50, 0, 1}, latency_bound{1, false}},
        {{198, 0, 2}, latency_bound{0.001, true}},
        {{197, 1, 2}, latency_bound{1, true}},
        {{0, 0, 0}, std::nullopt},
        {{}, std::nullopt},
    };
    for (const row& each : table) {
        rate_meter meter;
        totals counted = totals_at(1);
        counted.bounds = {0.001, 1};
        counted.ios.resize(each.ios.size());
        static_cast<void>(rates_of(meter, file_with("/a", counted)));
        counted.time = 2;
        counted.ios = each.ios;
        BOOST_TEST((rates_of(meter, file_with("/a", counted)).is->p99 == each.p99), &each - table);
    }
}

BOOST_AUTO_TEST_CASE(bins_of_other_bounds_differ) {
    rate_meter meter;
    totals counted = totals_at(1);
    counted.bounds = {0.001};
    counted.ios = {1, 0};
    static_cast<void>(rates_of(meter, file_with("/a", counted)));
    counted.time = 2;
    counted.bounds = {0.002};
    counted.ios = {5, 5};
    BOOST_TEST(!rates_of(meter, file_with("/a", counted)).is->p99);
    counted.time = 3;
    counted.ios = {6, 5};
    BOOST_TEST((rates_of(meter, file_with("/a", counted)).is->p99 == latency_bound{0.002, true}));
}

BOOST_AUTO_TEST_SUITE_END()
