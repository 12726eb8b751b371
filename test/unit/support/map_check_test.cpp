#include "support/map_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace filemap::test;

namespace {

file_map occupying(std::vector<sector_run> runs) {
    return {.runs = joined(std::move(runs))};
}

std::string compared(std::vector<sector_run> runs, const char* list, const group_choice& choice = {}) {
    return compare(occupying(std::move(runs)), parse_region_list(list), choice).summary();
}

}  // namespace

BOOST_AUTO_TEST_CASE(joined_sorts_and_drops_empty_runs) {
    BOOST_TEST(
        (joined({{16, 8}, {0, 8}, {8, 8}, {40, 0}, {30, 4}, {31, 1}}) == std::vector<sector_run>{{0, 24}, {30, 4}}));
}

BOOST_AUTO_TEST_CASE(list_skips_options_and_foreign_lines) {
    const auto regions = parse_region_list(
        "0: 8+16 4 dmstats DMS_GROUP=a b:0,2#- precise_timestamps histogram:1,20\n"
        "what somebody else wrote\n"
        "2: 100+8 8 other -\n");
    BOOST_TEST_REQUIRE(regions.size() == 2U);
    BOOST_TEST(regions[0].aux == "DMS_GROUP=a b:0,2#-");
    BOOST_TEST((regions[0].run == sector_run{8, 16}));
    BOOST_TEST(regions[1].id == 2U);
    BOOST_TEST(regions[1].program == "other");
    BOOST_TEST(regions[1].aux == "-");
}

BOOST_AUTO_TEST_CASE(quoted_and_plain_aliases_are_read) {
    const auto groups =
        groups_among(parse_region_list("0: 0+8 8 dmstats DMS_GROUP=\"a:b#c\":0,2-3#-\n"
                                       "1: 8+8 8 dmstats DMS_GROUP=plain:1#-\n"
                                       "4: 8+8 8 dmstats DMS_GROUP=:4#-\n"
                                       "5: 8+8 8 dmstats DMS_GROUP=not_itself:6#-\n"));
    BOOST_TEST_REQUIRE(groups.size() == 3U);
    BOOST_TEST(groups[0].alias == "a:b#c");
    BOOST_TEST((groups[0].members == std::vector<std::uint64_t>{0, 2, 3}));
    BOOST_TEST(groups[1].alias == "plain");
    BOOST_TEST(groups[2].alias.empty());
}

BOOST_AUTO_TEST_CASE(equal_cover_is_in_sync) {
    BOOST_TEST(compared({{0, 32}}, "0: 16+16 16 dmstats DMS_GROUP=f:0-1#-\n1: 0+16 16 dmstats -\n") == "IN SYNC");
}

BOOST_AUTO_TEST_CASE(each_difference_is_told) {
    const char* one = "0: 8+16 16 dmstats DMS_GROUP=f:0#-\n";
    BOOST_TEST(compared({{8, 24}}, one) == "NOT IN SYNC: not covered: 24+8");
    BOOST_TEST(compared({{8, 8}}, one) == "NOT IN SYNC: not the file's: 16+8");
    BOOST_TEST(compared({{0, 4}}, one) == "NOT IN SYNC: not covered: 0+4; not the file's: 8+16");
    BOOST_TEST(compared({}, one) == "NOT IN SYNC: not the file's: 8+16");
    BOOST_TEST(compared({{8, 16}}, "") == "NOT IN SYNC: there is no such group");
    BOOST_TEST(compared({{8, 16}}, one, {.alias = "g"}) == "NOT IN SYNC: there is no such group");
    BOOST_TEST(compared({{8, 16}}, one, {.id = 0, .alias = "f"}) == "IN SYNC");
    BOOST_TEST(compared({{0, 32}}, "0: 0+16 16 dmstats DMS_GROUP=f:0,3#-\n3: 8+24 24 dmstats -\n") ==
               "NOT IN SYNC: regions 0 and 3 overlap");
    BOOST_TEST(compared({{0, 16}}, "1: 0+16 16 dmstats DMS_GROUP=f:1,7#-\n") == "NOT IN SYNC: member 7 does not exist");
    BOOST_TEST(compared({{0, 16}}, "0: 8+8 8 dmstats -\n1: 0+8 8 dmstats DMS_GROUP=f:0-1#-\n") ==
               "NOT IN SYNC: the leader is not the lowest member");
    const std::string long_row = "0: 0+8 8 dmstats DMS_GROUP=" + std::string(4000, 'n') + ":0#-\n";
    BOOST_TEST(compared({{0, 8}}, long_row.c_str()) == "NOT IN SYNC: the leader's row has 4031 bytes");
}

BOOST_AUTO_TEST_CASE(two_groups_need_a_choice) {
    const char* two = "0: 0+8 8 dmstats DMS_GROUP=f:0#-\n1: 8+8 8 dmstats DMS_GROUP=g:1#-\n";
    BOOST_TEST(compared({{0, 8}}, two) == "NOT IN SYNC: 2 groups match");
    BOOST_TEST(compared({{8, 8}}, two, {.alias = "g"}) == "IN SYNC");
}
