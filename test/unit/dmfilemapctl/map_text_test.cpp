#include "dmfilemapctl/map_text.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace dmfilemapctl;
namespace json = boost::json;

namespace {

// Returns a map with eight cells: one partly in a region, one hole, one in no region, one not mapped, and four at the
// end of the device.
json::value sample(bool counted) {
    json::object map{{"path", "/srv/a\nb"},
                     {"device", "253:0"},
                     {"group", 3},
                     {"size", 32768},
                     {"extents", 3},
                     {"allocated", 24576},
                     {"largest_extent", 16384},
                     {"follow_on", 0},
                     {"jump_forward", 1},
                     {"jump_backward", 1},
                     {"regions", 2},
                     {"mapped", 16384},
                     {"missing", 4096},
                     {"bridged", 4096},
                     {"bridged_gaps", 1},
                     {"shared", 0},
                     {"unwritten", 0},
                     {"not_mapped", {{{"reason", "not written back yet"}, {"bytes", 4096}}}}};
    map["stretches"] = {{{"begin", 0},
                         {"end", 4096},
                         {"extents", 1},
                         {"bytes", 4096},
                         {"sector", 8},
                         {"end_sector", 16},
                         {"regions", 1},
                         {"missing", 0},
                         {"not_mapped", 0},
                         {"flags", json::array{"unwritten"}}},
                        {{"begin", 8192},
                         {"end", 16384},
                         {"extents", 1},
                         {"bytes", 8192},
                         {"regions", 0},
                         {"missing", 4096},
                         {"not_mapped", 4096},
                         {"flags", json::array{}}}};
    map["along_file"] = {{"begin", 0},
                         {"end", 32768},
                         {"cell_bytes", 4096},
                         {"mapped", {1024, 0, 0, 0, 4096, 4096, 4096, 4096}},
                         {"missing", {0, 0, 4096, 0, 0, 0, 0, 0}},
                         {"not_mapped", {0, 0, 0, 4096, 0, 0, 0, 0}},
                         {"sector", {8, nullptr, 16, nullptr, 72, 80, 88, 96}}};
    map["along_device"] = {{"begin", 4096},           {"end", 53248},      {"cell_bytes", 24576},
                           {"mapped", {4096, 16384}}, {"missing", {0, 0}}, {"bridged", {4096, 0}}};
    if (!counted) return map;
    map["regions_hash"] = "1";
    map["read"] = 1048576;
    map["written"] = 10;
    map["along_file"].as_object()["read"] = {0, 0, 0, 0, 1, 100, 50, 100};
    map["along_file"].as_object()["written"] = {0, 0, 0, 0, 0, 0, 0, 10};
    map["along_device"].as_object()["read"] = {0, 251};
    map["along_device"].as_object()["written"] = {0, 10};
    return map;
}

constexpr std::size_t label = 9;

screen wide(std::size_t columns) {
    screen on;
    on.width = label + columns;
    return on;
}

/// Returns the bar after the label.
std::string bar(const std::string& text, const std::string& label_text) {
    const std::size_t at = text.find('\n' + label_text + ' ');
    BOOST_TEST_REQUIRE(at != std::string::npos, text);
    const std::size_t begin = at + 1 + label;
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(map_test)

BOOST_AUTO_TEST_CASE(header_and_table_show_layout) {
    const std::string text = text_of_map(sample(false), wide(40));
    const std::string expected =
        "/srv/a\\nb\n"
        "  device 253:0, group 3\n"
        "  32.0 KiB, 24.0 KiB of it in 3 extents of 8.0 KiB on average, 16.0 KiB at most\n"
        "  order on the device: 0 follow on, 1 jump forward, 1 jump backward\n"
        "  2 regions with 16.0 KiB of the file\n"
        "  4.0 KiB in the regions that are not the file's, in 1 bridged gap\n"
        "  4.0 KiB in no region yet\n"
        "  4.0 KiB not mapped: not written back yet\n"
        "\n"
        "  OFFSET  BYTES  EXTENTS  SECTOR  END  REGIONS  NOTE\n"
        "       0   4096        1       8   16        1  unwritten\n"
        "    8192   8192        1       -    -        0  4.0 KiB in no region; 4.0 KiB not mapped\n";
    BOOST_TEST(text.substr(0, expected.size()) == expected);
}

BOOST_AUTO_TEST_CASE(bars_fill_the_width) {
    const json::value map = sample(false);
    for (const std::size_t columns : {31u, 40u, 64u, 500u}) {
        const std::string text = text_of_map(map, wide(columns));
        for (const char* label_text : {"file", "place", "device"}) BOOST_TEST(bar(text, label_text).size() == columns);
    }
    const std::string text = text_of_map(map, wide(40));
    BOOST_TEST(bar(text, "file") == "+++++.....!!!!!?????####################");
    BOOST_TEST(bar(text, "place") == "00000.....00000.....66666777778888899999");
    BOOST_TEST(bar(text, "device") == "++++++++++++++++++++####################");
    // If there are more cells than columns, errors stay visible.
    const std::string narrow = text_of_map(map, wide(4));
    BOOST_TEST(bar(narrow, "file") == "+?##");
}

BOOST_AUTO_TEST_CASE(heat_scales_to_the_maximum) {
    const json::value map = sample(true);
    const std::string text = text_of_map(map, wide(8));
    BOOST_TEST(bar(text, "read") == "....:@+@");
    BOOST_TEST(bar(text, "written") == ".......@");
    BOOST_TEST(text.find("read 1.0 MiB, written 10 bytes since the regions were made\n") != std::string::npos, text);
    BOOST_TEST(text.find("at most 100 bytes in a column\n") != std::string::npos, text);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    screen on = wide(8);
    on.blocks = true;
    BOOST_TEST(bar(text_of_map(map, on), "read") == "····░█▒█");
    BOOST_TEST(bar(text_of_map(map, on), "file") == "▄·!?████");
    on.colours = true;
    BOOST_TEST(bar(text_of_map(map, on), "written") == "·······\x1b[31m█\x1b[0m");
}

BOOST_AUTO_TEST_CASE(difference_of_two_maps_is_shown) {
    const json::value earlier = sample(true);
    json::value later = earlier;
    later.as_object()["read"] = 1048576 + 300;
    later.at("along_file").as_object()["read"] = {0, 0, 0, 0, 1, 100, 350, 99};
    BOOST_TEST(subtract(later, earlier));
    later.as_object()["seconds"] = 1.04;
    const std::string text = text_of_map(later, wide(8));
    BOOST_TEST(text.find("read 300 bytes, written 0 bytes in 1.0 s\n") != std::string::npos, text);
    BOOST_TEST(bar(text, "read") == "......@.");
    BOOST_TEST(bar(text, "written") == "........");
}

BOOST_AUTO_TEST_CASE(other_regions_are_not_compared) {
    const json::value earlier = sample(true);
    for (const char* key : {"regions_hash", "read"}) {
        json::value later = earlier;
        later.as_object()[key] = key == std::string("read") ? json::value(7) : json::value("2");
        const json::value as_it_was = later;
        BOOST_TEST(!subtract(later, earlier), key);
        BOOST_TEST((later == as_it_was), key);
    }
    json::value moved = earlier;
    moved.at("along_file").as_object()["mapped"].as_array()[1] = 4096;
    BOOST_TEST(!subtract(moved, earlier));
}

BOOST_AUTO_TEST_CASE(empty_file_has_no_bars) {
    const json::array none;
    json::value map = sample(false);
    for (const char* key : {"size", "extents", "allocated", "regions", "mapped", "missing", "bridged"})
        map.as_object()[key] = 0;
    map.as_object()["not_mapped"] = none;
    map.as_object()["stretches"] = none;
    map.as_object().erase("group");
    for (const char* name : {"along_file", "along_device"}) {
        for (auto& [key, value] : map.at(name).as_object())
            value = value.is_array() ? json::value(none) : json::value(0);
    }
    BOOST_TEST(
        text_of_map(map, wide(40)) ==
        "/srv/a\\nb\n  device 253:0\n  0 bytes, 0 bytes of it in 0 extents\n  0 regions with 0 bytes of the file\n");
}

BOOST_AUTO_TEST_CASE(what_no_daemon_sends_is_refused) {
    for (const char* text : {"7", "{}", R"({"path":"x"})"})
        BOOST_CHECK_THROW(static_cast<void>(text_of_map(json::parse(text), wide(40))), std::exception);
    json::value map = sample(true);
    map.at("along_file").as_object()["read"].as_array().pop_back();
    BOOST_CHECK_THROW(static_cast<void>(text_of_map(map, wide(40))), std::exception);
}

BOOST_AUTO_TEST_SUITE_END()
