#include <filemap/dm/counters.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace filemap;
using dm::counters;
using dm::parse_counters;

BOOST_AUTO_TEST_SUITE(counters_parser)

BOOST_AUTO_TEST_CASE(columns_map_to_fields) {
    const auto areas = parse_counters("90+30 1 99 3 4 5 98 7 8 9 10 11 12 13\n").value();
    BOOST_REQUIRE_EQUAL(areas.size(), 1U);
    BOOST_TEST((areas[0].area == sector_range{sectors{90}, sectors{30}}));
    counters expected;
    expected.reads = 1;
    expected.sectors_read = sectors{3};
    expected.read_time = 4;
    expected.writes = 5;
    expected.sectors_written = sectors{7};
    expected.write_time = 8;
    expected.in_flight = 9;
    expected.io_time = 10;
    expected.weighted_io_time = 11;
    expected.total_read_time = 12;
    expected.total_write_time = 13;
    BOOST_TEST((areas[0].counted == expected));
}

BOOST_AUTO_TEST_CASE(each_row_is_an_area) {
    const auto areas = parse_counters("0+8 1 0 0 0 0 0 0 0 0 0 0 0 0\n8+8 2 0 0 0 0 0 0 0 0 0 0 0 0").value();
    BOOST_REQUIRE_EQUAL(areas.size(), 2U);
    BOOST_TEST(areas[0].counted.reads == 1U);
    BOOST_TEST(areas[1].counted.reads == 2U);
    BOOST_TEST(parse_counters("").value().empty());
}

BOOST_AUTO_TEST_CASE(histogram_is_parsed) {
    const auto areas = parse_counters("0+8 0 0 0 0 0 0 0 0 0 0 0 0 0 1:0:18446744073709551615\n").value();
    const std::vector<std::uint64_t> bins{1, 0, 18446744073709551615U};
    BOOST_TEST(areas.at(0).counted.histogram == bins, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(other_rows_are_malformed) {
    const std::string row = "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13";
    for (std::size_t size = 1; size + 2 < row.size(); ++size) {
        // A truncated row lacks a column, has an empty column, or has a shorter number. Only the last two bytes belong
        // to the last number.
        BOOST_TEST(parse_counters(row.substr(0, size)).has_error(), size);
    }
    for (const char* wrong : {"\n", "x", "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13 ", "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13 1:",
                              "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13 1:x", "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13 1 2",
                              "0+8 -1 2 3 4 5 6 7 8 9 10 11 12 13", "0+8  1 2 3 4 5 6 7 8 9 10 11 12 13",
                              "0+8 18446744073709551616 2 3 4 5 6 7 8 9 10 11 12 13",
                              "0-8 1 2 3 4 5 6 7 8 9 10 11 12 13", "0+8 1 2 3 4 5 6 7 8 9 10 11 12 13\n\n"}) {
        const auto areas = parse_counters(wrong);
        BOOST_REQUIRE_MESSAGE(areas.has_error(), wrong);
        BOOST_TEST((areas.error().code == errc::answer_malformed));
    }
    BOOST_TEST(parse_counters("a\x1b\n").error().context == "row \"a\\x1b\" of @stats_print");
}

BOOST_AUTO_TEST_CASE(sum_adds_every_counter) {
    const std::string row = "0+8 1 0 3 4 5 0 7 8 9 10 11 12 13 1:2\n";
    counters sum;
    sum += parse_counters(row).value()[0].counted;
    sum += parse_counters(row).value()[0].counted;
    BOOST_TEST((sum == parse_counters("0+8 2 0 6 8 10 0 14 16 18 20 22 24 26 2:4\n").value()[0].counted));
}

BOOST_AUTO_TEST_SUITE_END()
