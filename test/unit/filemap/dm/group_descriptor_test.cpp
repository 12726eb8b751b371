#include <filemap/dm/group_descriptor.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace filemap;
using dm::group_descriptor;
using dm::id_run;

namespace {

/// Formats "ALIAS_PART|ALIAS|FIRST-LAST,...|USER_DATA", or "none".
std::string summary(std::string_view aux) {
    const auto group = group_descriptor::parse(aux);
    if (!group) return "none";
    std::string text = group->alias_part + '|' + std::string(group->alias()) + '|';
    for (const id_run& run : group->members)
        text += std::to_string(run.first.value()) + '-' + std::to_string(run.last.value()) + ',';
    return text + '|' + group->user_data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(group_descriptor_codec)

BOOST_AUTO_TEST_CASE(libdm_descriptors_round_trip) {
    const struct {
        std::string aux;
        std::string expected;
    } examples[] = {
        {"DMS_GROUP=plain:0-1#-", "plain|plain|0-1,|-"},
        {"DMS_GROUP=\"plain\":0-1#-", "\"plain\"|plain|0-1,|-"},
        {"DMS_GROUP=\"with space\":0-1#-", "\"with space\"|with space|0-1,|-"},
        {"DMS_GROUP=\"tab\there\":0-1#-", "\"tab\there\"|tab\there|0-1,|-"},
        {"DMS_GROUP=\"a#b\":0-1#-", "\"a#b\"|a#b|0-1,|-"},
        {"DMS_GROUP=\"q\"uote\":0-1#-", "\"q\"uote\"|q\"uote|0-1,|-"},
        {"DMS_GROUP=\"back\\slash\":0-1#-", "\"back\\slash\"|back\\slash|0-1,|-"},
        {"DMS_GROUP=:0-1#-", "||0-1,|-"},
        {"DMS_GROUP=\"q\":0,2,4#-", "\"q\"|q|0-0,2-2,4-4,|-"},
        {"DMS_GROUP=\"q\":4#u", "\"q\"|q|4-4,|u"},
        {"DMS_GROUP=file:0-1#-", "file|file|0-1,|-"},
        {"DMS_GROUP=f:0-1#-", "f|f|0-1,|-"},
        {"DMS_GROUP=\"\":0-1#-", "\"\"||0-1,|-"},
        {"DMS_GROUP=x:0-3,5,7-9#user data # here", "x|x|0-3,5-5,7-9,|user data # here"},
    };
    for (const auto& [aux, expected] : examples) {
        BOOST_TEST(summary(aux) == expected);
        BOOST_TEST(group_descriptor::parse(aux).value().format() == aux);
    }
}

BOOST_AUTO_TEST_CASE(alias_ends_at_member_list) {
    BOOST_TEST(summary("DMS_GROUP=\"a:b\":0-1#-") == "\"a:b\"|a:b|0-1,|-");
    BOOST_TEST(summary("DMS_GROUP=a:1x:0#-") == "a:1x|a:1x|0-0,|-");
    BOOST_TEST(summary("DMS_GROUP=::::0#-") == ":::|:::|0-0,|-");
    // libdm parses the alias of this descriptor in the same way.
    BOOST_TEST(summary("DMS_GROUP=a:0-1#b:0-3#-") == "a|a|0-1,|b:0-3#-");
}

BOOST_AUTO_TEST_CASE(descriptors_accepted_by_libdm_parse) {
    BOOST_TEST(summary("DMS_GROUP=a:0,1,#-") == "a|a|0-0,1-1,|-");
    BOOST_TEST(summary("DMS_GROUP=a:4,1-2#-") == "a|a|4-4,1-2,|-");
    BOOST_TEST(summary("DMS_GROUP=a:0-1") == "a|a|0-1,|-");
    BOOST_TEST(summary("DMS_GROUP=a:0-1,") == "a|a|0-1,|-");
    BOOST_TEST(summary("DMS_GROUP=a:0-1#") == "a|a|0-1,|-");
}

BOOST_AUTO_TEST_CASE(other_text_is_no_descriptor) {
    for (const char* aux : {"",
                            "-",
                            "DMS_GROUP",
                            "DMS_GROUP=",
                            "DMS_GROUP=:",
                            "DMS_GROUP=a",
                            "DMS_GROUP=a:",
                            "DMS_GROUP=a:#-",
                            "DMS_GROUP=a:,#-",
                            "DMS_GROUP=a:-#-",
                            "DMS_GROUP=a:1-#-",
                            "DMS_GROUP=a:-1#-",
                            "DMS_GROUP=a:2-1#-",
                            "DMS_GROUP=a:1,,2#-",
                            "DMS_GROUP=a:1--2#-",
                            "DMS_GROUP=a:1-2-3#-",
                            "DMS_GROUP=a:0,1-#-",
                            "DMS_GROUP=a:0,2-1#-",
                            "DMS_GROUP=a:0,1-",
                            "DMS_GROUP=a:0,,#-",
                            "DMS_GROUP=a:0,-#-",
                            "DMS_GROUP=a:0 #-",
                            "DMS_GROUP=a:x",
                            "DMS_GROUP=a:18446744073709551616#-",
                            " DMS_GROUP=a:0#-",
                            "xDMS_GROUP=a:0#-",
                            "dms_group=a:0#-"})
        BOOST_TEST(summary(aux) == "none", aux);
}

BOOST_AUTO_TEST_CASE(huge_ranges_stay_runs) {
    const auto group = group_descriptor::parse("DMS_GROUP=a:0-18446744073709551615#-").value();
    BOOST_TEST(group.members.size() == 1U);
    BOOST_TEST(group.contains(region_id{std::numeric_limits<std::uint64_t>::max()}));
    BOOST_TEST(group.format() == "DMS_GROUP=a:0-18446744073709551615#-");
}

BOOST_AUTO_TEST_CASE(large_aux_parses_in_linear_time) {
    BOOST_TEST(summary("DMS_GROUP=" + std::string(4'000'000, ':')) == "none");
    std::string lists = "DMS_GROUP=";
    for (int i = 0; i < 500'000; ++i) lists += ":1,2-3x";
    BOOST_TEST(summary(lists) == "none");
}

BOOST_AUTO_TEST_CASE(contains_finds_members_only) {
    const auto group = group_descriptor::parse("DMS_GROUP=a:1-3,7#-").value();
    for (const std::uint64_t id : {1U, 2U, 3U, 7U}) BOOST_TEST(group.contains(region_id{id}));
    for (const std::uint64_t id : {0U, 4U, 6U, 8U}) BOOST_TEST(!group.contains(region_id{id}));
}

BOOST_AUTO_TEST_CASE(append_joins_adjacent_ids) {
    group_descriptor group{.alias_part = "", .members = {}};
    for (const std::uint64_t id : {0U, 1U, 3U, 5U, 6U, 7U}) dm::append(group.members, region_id{id});
    BOOST_TEST(group.format() == "DMS_GROUP=:0-1,3,5-7#-");
}

BOOST_AUTO_TEST_SUITE_END()
