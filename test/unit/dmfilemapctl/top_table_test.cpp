#include "dmfilemapctl/top_table.hpp"

#include "common/text/width.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace dmfilemapctl;

namespace {

file_figures file_with(const std::string& path, std::optional<figures> is) {
    file_figures one;
    one.file.path = path;
    one.file.counted.emplace();
    one.is = is;
    one.seconds = 2;
    return one;
}

file_figures busy_file() {
    figures is;
    is.read_bytes = 1.5 * 1024 * 1024;
    is.written_bytes = 300;
    is.inferred_bytes = 4096;
    is.reads = 12;
    is.writes = 0.25;
    is.mean_seconds = 0.0123;
    is.p99 = latency_bound{0.05, true};
    is.busy = 1.256;
    return file_with("/srv/db/users.ibd", is);
}

std::vector<std::string> order_of(sort_key by, std::vector<file_figures> files, const std::string& filter = {}) {
    std::vector<std::string> paths;
    for (const file_figures& of : chosen(std::move(files), {by, filter, 0})) paths.push_back(of.file.path);
    return paths;
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(top_table_test)

BOOST_AUTO_TEST_CASE(sums_and_one_row_per_file) {
    file_figures unread = file_with("/srv/\n", {});
    unread.file.counted.reset();
    const shown what{"T", {busy_file(), file_with("/srv/idle", figures{}), unread}, {}, false};
    BOOST_TEST(table_of(what) ==
               "T  3 files: 1.5M/s read, 4.3K/s written (4.0K/s inferred), 12 IOPS; 1 could not be read\n"
               "READ/S  WRITTEN/S  INFERRED/S   IOPS   MEAN     P99  BUSY  FILE\n"
               "  1.5M       4.3K        4.0K     12   12ms   <50ms  126%  /srv/db/users.ibd\n"
               "     0          0           0      0      -       -     -  /srv/idle\n"
               "     -          -           -      -      -       -     -  /srv/\\n\n");
    BOOST_TEST(
        table_of({"T", {unread, file_with("/new", {})}, {}, false}).starts_with("T  2 files; 1 could not be read\n"));
}

BOOST_AUTO_TEST_CASE(totals_have_no_busy_share) {
    shown what{"T", {busy_file()}, {}, true};
    what.files[0].is->reads = 123456;
    BOOST_TEST(table_of(what) ==
               "T  1 file: 1.5M read, 4.3K written (4.0K inferred), 123456 I/Os\n"
               "READ  WRITTEN  INFERRED     IOS  MEAN    P99  FILE\n"
               "1.5M     4.3K      4.0K  123456  12ms  <50ms  /srv/db/users.ibd\n");
}

BOOST_AUTO_TEST_CASE(figures_are_short) {
    const std::pair<double, const char*> sizes[] = {{0, "0"},
                                                    {999, "999"},
                                                    {1000, "1.0K"},
                                                    {10 * 1024, "10K"},
                                                    {9.94 * 1024, "9.9K"},
                                                    {9.96 * 1024, "10K"},
                                                    {1023 * 1024, "1.0M"},
                                                    {1e18, "888P"},
                                                    {1.8e19, "16E"}};
    for (const auto& [bytes, text] : sizes) {
        figures is;
        is.read_bytes = bytes;
        const std::string row = table_of({"T", {file_with("/x", is)}, {}, false});
        BOOST_TEST(row.find(std::string(" ") + text + "  ") != std::string::npos, row);
    }
    const std::pair<double, const char*> times[] = {{0, "0.0s"},          {1.5e-9, "1.5ns"}, {2e-7, "200ns"},
                                                    {0.0009996, "1.0ms"}, {0.25, "250ms"},   {1, "1.0s"},
                                                    {75, "75s"}};
    for (const auto& [seconds, text] : times) {
        figures is;
        is.mean_seconds = seconds;
        is.p99 = latency_bound{seconds, false};
        const std::string row = table_of({"T", {file_with("/x", is)}, {}, false});
        BOOST_TEST(row.find(std::string(" ") + text + "  ") != std::string::npos, row);
        BOOST_TEST(row.find(std::string(" >") + text + "  ") != std::string::npos, row);
    }
}

BOOST_AUTO_TEST_CASE(long_names_keep_their_end) {
    const shown what{"T",
                     {busy_file(), file_with("/srv/voil\xc3\xa0/\xc3\xa9t\xc3\xa9", figures{}),
                      file_with("/srv/\u65e5\u672c\u8a9e/\u65e5\u672c\u8a9e", figures{})},
                     {},
                     false};
    const std::string text = table_of(what, 73);
    std::istringstream lines(text.substr(text.find('\n') + 1));
    for (std::string line; std::getline(lines, line);) {
        BOOST_TEST(app::width_of(line) <= 73U, line);
    }
    BOOST_TEST(text.find("  ...b/users.ibd\n") != std::string::npos, text);
    BOOST_TEST(text.find("  /srv/voil\xc3\xa0/\xc3\xa9t\xc3\xa9\n") != std::string::npos, text);
    // In a table too narrow for its columns, names keep a few characters.
    BOOST_TEST(table_of(what, 10).find("  ...users.ibd\n") != std::string::npos);
    BOOST_TEST(table_of(what, 10).find("  ...voil\xc3\xa0/\xc3\xa9t\xc3\xa9\n") != std::string::npos,
               table_of(what, 10));
    BOOST_TEST(table_of(what, 200) == table_of(what));
}

BOOST_AUTO_TEST_CASE(highest_first_unknown_last) {
    figures a, b, c;
    a.read_bytes = 10, b.read_bytes = 20, c.read_bytes = 0;
    a.written_bytes = 50, b.written_bytes = 10, c.inferred_bytes = 90;
    a.reads = 1, b.reads = 2, c.writes = 4;
    a.mean_seconds = 0.5, b.mean_seconds = 0.25;
    a.p99 = latency_bound{1, true}, b.p99 = latency_bound{1, false};
    a.busy = 0.5, b.busy = 0.25, c.busy = 1;
    const std::vector<file_figures> files{file_with("/0", {}), file_with("/b", b), file_with("/a", a),
                                          file_with("/c", c)};
    BOOST_TEST((order_of(sort_key::bytes, files) == strings{"/c", "/a", "/b", "/0"}));
    BOOST_TEST((order_of(sort_key::reads, files) == strings{"/b", "/a", "/c", "/0"}));
    BOOST_TEST((order_of(sort_key::writes, files) == strings{"/c", "/a", "/b", "/0"}));
    BOOST_TEST((order_of(sort_key::iops, files) == strings{"/c", "/b", "/a", "/0"}));
    BOOST_TEST((order_of(sort_key::latency, files) == strings{"/a", "/b", "/c", "/0"}));
    BOOST_TEST((order_of(sort_key::p99, files) == strings{"/b", "/a", "/c", "/0"}));
    BOOST_TEST((order_of(sort_key::busy, files) == strings{"/c", "/a", "/b", "/0"}));
    BOOST_TEST((order_of(sort_key::path, files) == strings{"/0", "/a", "/b", "/c"}));
    const std::vector<file_figures> same{file_with("/b", a), file_with("/a", a)};
    BOOST_TEST((order_of(sort_key::bytes, same) == strings{"/a", "/b"}));
}

BOOST_AUTO_TEST_CASE(filter_matches_glob_or_part) {
    BOOST_TEST(is_chosen("/srv/a.img", ""));
    BOOST_TEST(is_chosen("/srv/a.img", "rv/a"));
    BOOST_TEST(!is_chosen("/srv/a.img", "b"));
    BOOST_TEST(is_chosen("/srv/a.img", "*.img"));
    BOOST_TEST(is_chosen("/srv/a.img", "/srv/[ab].im?"));
    BOOST_TEST(!is_chosen("/srv/a.img", "a*"));
    BOOST_TEST(is_chosen("/srv/\xff", "*\xff"));
    BOOST_TEST((order_of(sort_key::path, {file_with("/a", {}), file_with("/b", {})}, "b") == strings{"/b"}));
}

BOOST_AUTO_TEST_CASE(limit_applies_to_rows_not_sums) {
    const shown what{"T", {busy_file(), busy_file(), busy_file()}, {sort_key::bytes, "", 1}, false};
    const std::string text = table_of(what);
    BOOST_TEST(text.starts_with("T  3 files: 4.5M/s read,"), text);
    BOOST_TEST(std::ranges::count(text, '\n') == 3);
    BOOST_TEST(object_of(what, 7).at("files").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(json_has_counters_and_rates) {
    file_figures file = busy_file();
    file.file.told = boost::json::parse(R"({"path":"/srv/x","regions":2})").as_object();
    const shown what{"T", {file, file_with("/none", {})}, {}, false};
    const boost::json::value expected = boost::json::parse(
        R"({"time":7.5,"files":[{"path":"/srv/x","regions":2,"rates":{"seconds":2.0,"bytes_read_per_second":1572864.0,)"
        R"("bytes_written_per_second":300.0,"bytes_inferred_per_second":4096.0,"reads_per_second":12.0,)"
        R"("writes_per_second":0.25,"busy":1.256},"latency":{"mean_seconds":0.0123,"p99_below_seconds":0.05}},{}]})");
    BOOST_TEST(object_of(what, 7.5) == expected.as_object());
    shown totals = what;
    totals.totals = true;
    totals.files[0].is->p99->is_upper = false;
    const boost::json::object told = object_of(totals, 7.5);
    BOOST_TEST(!told.at("files").at(0).as_object().contains("rates"));
    BOOST_TEST(told.at("files").at(0).at("latency").at("p99_above_seconds") == 0.05);
}

BOOST_AUTO_TEST_SUITE_END()
