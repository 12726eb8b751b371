#include "group/group_lookup.hpp"

#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <limits>
#include <set>

namespace filemap {
namespace {

using test::at;
using test::group_world;

group_state known_by_id(std::uint64_t id) {
    group_state known;
    known.id = group_id{id};
    known.alias_part = "\"file\"";
    known.owner_tag = group_world::owner_tag;
    return known;
}

group_state known_by_tag() {
    group_state known = known_by_id(0);
    known.id.reset();
    return known;
}

// Returns the state of a monitor that knows these regions.
group_state remembering(std::vector<group_region> regions) {
    group_state known = known_by_id(regions.front().id.value());
    known.regions = std::move(regions);
    return known;
}

group_region region(std::uint64_t id, std::uint64_t start, std::uint64_t length) {
    return {region_id{id}, at(start, length)};
}

class list_and_view {
public:
    list_and_view(const std::string& text, const group_state& known)
        : seen(view_group(group_index(dm::region_list::parse(text, "dmstats").value()), known)) {}

    [[nodiscard]] std::string regions() const { return in_words(seen.regions); }
    [[nodiscard]] std::string unlisted_regions() const { return in_words(seen.unlisted_regions); }
    [[nodiscard]] std::string tagged() const { return in_words(seen.tagged); }
    [[nodiscard]] std::string stale_leaders() const { return in_words(seen.stale_leaders); }
    /// Returns the group's id, or -1 if there is no group.
    [[nodiscard]] int id() const { return seen.id ? static_cast<int>(seen.id->value()) : -1; }

    group_view seen;

private:
    static std::uint64_t number(const group_region& m) { return m.id.value(); }
    static std::uint64_t number(region_id id) { return id.value(); }
    template <class T>
    static std::string in_words(const std::vector<T>& all) {
        std::string words;
        for (const T& each : all) words += (words.empty() ? "" : " ") + std::to_string(number(each));
        return words;
    }
};

BOOST_AUTO_TEST_SUITE(view_group_suite)

const std::string plain_group =
    "0: 100+8 8 dmstats DMS_GROUP=\"file\":0-1,3#-\n"
    "1: 200+8 8 dmstats -\n"
    "2: 300+8 8 dmstats -\n"
    "3: 400+8 8 dmstats fm-0123456789\n";

BOOST_AUTO_TEST_CASE(group_is_found_by_id) {
    const list_and_view view(plain_group, known_by_id(0));
    BOOST_TEST(view.id() == 0);
    BOOST_TEST(view.regions() == "0 1 3");
    BOOST_TEST(view.tagged() == "3");
    BOOST_TEST(view.unlisted_regions() == "");
    BOOST_TEST(view.stale_leaders() == "");
    BOOST_TEST(view.seen.alias_part == "\"file\"");
    BOOST_TEST(view.seen.user_data == "-");
    BOOST_TEST(view.seen.missing == 0u);
    BOOST_TEST(view.seen.regions[2] == region(3, 400, 8));
}

BOOST_AUTO_TEST_CASE(counting_options_are_those_of_leader) {
    const list_and_view view("4: 8+8 8 dmstats DMS_GROUP=f:4#u precise_timestamps histogram:1000,2000\n",
                             known_by_id(4));
    BOOST_TEST((view.seen.counting == dm::counting_options{.precise_timestamps = true, .histogram = "1000,2000"}));
    BOOST_TEST(view.seen.alias_part == "f");
    BOOST_TEST(view.seen.user_data == "u");
}

BOOST_AUTO_TEST_CASE(id_without_group_is_empty_view) {
    for (const int id : {1, 2, 9})
        BOOST_TEST(list_and_view(plain_group,
                                 [&] {
                                     group_state known = known_by_id(id);
                                     known.regions = {region(1, 200, 8)};
                                     return known;
                                 }())
                       .id() == -1);
}

BOOST_AUTO_TEST_CASE(group_by_tag_needs_no_id) {
    const list_and_view view(
        "1: 200+8 8 dmstats DMS_GROUP=\"file\":1-2#fm-0123456789\n"
        "2: 300+8 8 dmstats -\n"
        "5: 400+8 8 dmstats DMS_GROUP=\"file\":5#fm-9999999999\n",
        known_by_tag());
    BOOST_TEST(view.id() == 1);
    BOOST_TEST(view.regions() == "1 2");
}

BOOST_AUTO_TEST_CASE(absent_group_lists_unlisted_regions) {
    const list_and_view view("2: 300+8 8 dmstats fm-0123456789\n3: 400+8 8 dmstats fm-other67890\n", known_by_tag());
    BOOST_TEST(view.id() == -1);
    BOOST_TEST(view.unlisted_regions() == "2");
    BOOST_TEST(view.tagged() == "2");
}

BOOST_AUTO_TEST_CASE(descriptor_outside_lowest_region_is_ignored) {
    // Other programs reject such a group.
    BOOST_TEST(list_and_view("0: 1+8 8 dmstats -\n1: 9+8 8 dmstats DMS_GROUP=\"file\":0-1#-\n", known_by_id(1)).id() ==
               -1);
    BOOST_TEST(list_and_view("1: 9+8 8 dmstats DMS_GROUP=\"file\":2-3#-\n", known_by_id(1)).id() == -1);
    BOOST_TEST(list_and_view("1: 9+8 8 dmstats DMS_GROUP=\"file\":x#-\n", known_by_id(1)).id() == -1);
}

BOOST_AUTO_TEST_CASE(deleted_members_count_as_missing) {
    const list_and_view view("0: 1+8 8 dmstats DMS_GROUP=\"file\":0-2,7#-\n2: 9+8 8 dmstats -\n", known_by_id(0));
    BOOST_TEST(view.regions() == "0 2");
    BOOST_TEST(view.seen.missing == 2u);
}

BOOST_AUTO_TEST_CASE(reused_member_id_is_excluded) {
    const group_state known = remembering({region(0, 100, 8), region(1, 200, 8), region(3, 400, 8)});
    const list_and_view view(
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0-1,3#-\n1: 777+8 8 dmstats -\n3: 400+8 8 dmstats -\n", known);
    BOOST_TEST(view.regions() == "0 3");
    BOOST_TEST(view.seen.missing == 1u);
}

BOOST_AUTO_TEST_CASE(tagged_region_of_any_range_matches) {
    // The region was recreated after another program had deleted it.
    const group_state known = remembering({region(0, 100, 8), region(1, 200, 8)});
    const list_and_view view("0: 100+8 8 dmstats DMS_GROUP=\"file\":0#-\n1: 777+8 8 dmstats fm-0123456789\n", known);
    BOOST_TEST(view.unlisted_regions() == "1");
}

BOOST_AUTO_TEST_CASE(reused_leader_id_is_no_group) {
    const group_state known = remembering({region(0, 100, 8), region(1, 200, 8)});
    const list_and_view view("0: 777+8 8 dmstats DMS_GROUP=\"file\":0#-\n1: 200+8 8 dmstats fm-0123456789\n", known);
    BOOST_TEST(view.id() == -1);
    BOOST_TEST(view.unlisted_regions() == "1");
}

BOOST_AUTO_TEST_CASE(restart_prefers_tag_to_reused_id) {
    const list_and_view view(
        "0: 777+8 8 dmstats DMS_GROUP=\"file\":0,9#-\n"
        "1: 200+8 8 dmstats DMS_GROUP=\"file\":1-2#fm-0123456789\n"
        "2: 300+8 8 dmstats fm-0123456789\n"
        "9: 999+8 8 dmstats -\n",
        known_by_id(0));
    BOOST_TEST(view.id() == 1);
    BOOST_TEST(view.regions() == "1 2");
    BOOST_TEST(view.stale_leaders() == "");
}

BOOST_AUTO_TEST_CASE(restart_finds_group_listing_tagged_regions) {
    // The group's own user data is in place of the owner tag.
    const std::string moved =
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0,3#mine\n3: 200+8 8 dmstats fm-0123456789\n5: 1+8 8 dmstats -\n";
    BOOST_TEST(list_and_view(moved, known_by_id(3)).id() == 0);
    BOOST_TEST(list_and_view(moved, known_by_id(5)).regions() == "0 3");
    // A monitor that knows the group, or never had a group, does not adopt it.
    BOOST_TEST(list_and_view(moved, remembering({region(5, 1, 8)})).id() == -1);
    BOOST_TEST(list_and_view(moved, known_by_tag()).id() == -1);
}

BOOST_AUTO_TEST_CASE(lower_of_two_tagged_leaders_leads) {
    const list_and_view view(
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0,3-4#fm-0123456789\n"
        "3: 200+8 8 dmstats DMS_GROUP=\"file\":3-5#fm-0123456789\n"
        "4: 300+8 8 dmstats -\n"
        "5: 400+8 8 dmstats -\n",
        known_by_tag());
    BOOST_TEST(view.id() == 0);
    BOOST_TEST(view.stale_leaders() == "3");
    BOOST_TEST(view.regions() == "0 3 4 5");
    BOOST_TEST(view.seen.missing == 0u);
}

BOOST_AUTO_TEST_CASE(leaders_listing_each_other_are_merged) {
    const std::string down =
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0,3#mine\n3: 200+8 8 dmstats DMS_GROUP=\"file\":3#mine\n";
    BOOST_TEST(list_and_view(down, known_by_id(3)).id() == 0);
    BOOST_TEST(list_and_view(down, known_by_id(3)).stale_leaders() == "3");
    const std::string up =
        "3: 100+8 8 dmstats DMS_GROUP=\"file\":3-4#mine\n4: 200+8 8 dmstats DMS_GROUP=\"file\":4#fm-0123456789\n";
    BOOST_TEST(list_and_view(up, known_by_id(3)).id() == 3);
    BOOST_TEST(list_and_view(up, known_by_id(3)).stale_leaders() == "4");
}

BOOST_AUTO_TEST_CASE(unrelated_group_of_alias_is_ignored) {
    const list_and_view view(
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0-1#-\n1: 200+8 8 dmstats -\n"
        "2: 300+8 8 dmstats DMS_GROUP=\"file\":2#-\n",
        known_by_id(0));
    BOOST_TEST(view.regions() == "0 1");
    BOOST_TEST(view.stale_leaders() == "");
}

BOOST_AUTO_TEST_CASE(leader_of_other_group_is_excluded) {
    const list_and_view view(
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0-2#-\n1: 200+8 8 dmstats DMS_GROUP=\"other\":1#-\n"
        "2: 300+8 8 dmstats -\n",
        known_by_id(0));
    BOOST_TEST(view.regions() == "0 2");
    BOOST_TEST(view.seen.missing == 1u);
}

BOOST_AUTO_TEST_CASE(group_with_moved_descriptor_is_found) {
    const group_state known = remembering({region(0, 100, 8), region(1, 200, 8), region(2, 300, 8)});
    const list_and_view view("1: 200+8 8 dmstats DMS_GROUP=\"file\":1-2#-\n2: 300+8 8 dmstats -\n", known);
    BOOST_TEST(view.id() == 1);
    BOOST_TEST(view.regions() == "1 2");
    BOOST_TEST(list_and_view("1: 200+8 8 dmstats DMS_GROUP=\"other\":1-2#-\n2: 300+8 8 dmstats -\n", known).id() == -1);
    BOOST_TEST(list_and_view("1: 777+8 8 dmstats DMS_GROUP=\"file\":1-2#-\n2: 300+8 8 dmstats -\n", known).id() == -1);
}

BOOST_AUTO_TEST_CASE(huge_member_lists_are_bounded) {
    const list_and_view view(
        "0: 100+8 8 dmstats DMS_GROUP=\"file\":0-18446744073709551615,5-7,18446744073709551615#-\n"
        "6: 200+8 8 dmstats -\n",
        known_by_id(0));
    BOOST_TEST(view.regions() == "0 6");
    BOOST_TEST(view.seen.missing >= std::numeric_limits<std::size_t>::max() - 2);
    const list_and_view overlapping("0: 100+8 8 dmstats DMS_GROUP=\"file\":0-4,2-3,4,0#-\n3: 8+8 8 dmstats -\n",
                                    known_by_id(0));
    BOOST_TEST(overlapping.regions() == "0 3");
    BOOST_TEST(overlapping.seen.missing == 3u);
    const list_and_view to_the_last("1: 100+8 8 dmstats DMS_GROUP=\"file\":1,5-18446744073709551615,7-9#-\n",
                                    known_by_id(1));
    BOOST_TEST(to_the_last.seen.missing == std::numeric_limits<std::size_t>::max() - 4);
}

BOOST_AUTO_TEST_CASE(empty_tag_matches_no_region) {
    group_state known = known_by_id(0);
    known.owner_tag.clear();
    const list_and_view view("0: 100+8 8 dmstats DMS_GROUP=\"file\":0-1#-\n1: 200+8 8 dmstats \n2: 300+8 8 dmstats \n",
                             known);
    BOOST_TEST(view.regions() == "0 1");
    BOOST_TEST(view.unlisted_regions() == "");
    BOOST_TEST(view.tagged() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(owner_tag_suite)

monitor_config config_of(fs::follow_mode follow, std::optional<group_id> group = {}) {
    monitor_config config;
    config.path = "/srv/disk.img";
    config.follow = follow;
    config.group = group;
    return config;
}

BOOST_AUTO_TEST_CASE(owner_tag_is_fixed) {
    // A restart after an upgrade must recognise the regions.
    const fs::file_identity file{{254, 3}, 12, std::string("\1\0\0\0abcd", 8)};
    BOOST_TEST(owner_tag_of(config_of(fs::follow_mode::inode), file) == "fm-d45itxj39i");
    BOOST_TEST(owner_tag_of(config_of(fs::follow_mode::inode, group_id{3}), file) == "fm-q5t453d1jr");
    BOOST_TEST(owner_tag_of(config_of(fs::follow_mode::path), file) == "fm-hxnp4m5kgn");
}

BOOST_AUTO_TEST_CASE(owner_tag_differs_with_each_argument) {
    const fs::file_identity file{{254, 3}, 12, "handle"};
    const fs::file_identity recycled{{254, 3}, 12, "handle2"};
    const fs::file_identity other{{254, 3}, 13, "handle"};
    monitor_config elsewhere = config_of(fs::follow_mode::path);
    elsewhere.path += "2";
    const std::set<std::string> marks{
        owner_tag_of(config_of(fs::follow_mode::inode), file),
        owner_tag_of(config_of(fs::follow_mode::inode), recycled),
        owner_tag_of(config_of(fs::follow_mode::inode), other),
        owner_tag_of(config_of(fs::follow_mode::inode, group_id{0}), file),
        owner_tag_of(config_of(fs::follow_mode::inode, group_id{1}), file),
        owner_tag_of(config_of(fs::follow_mode::path), file),
        owner_tag_of(config_of(fs::follow_mode::path, group_id{0}), file),
        owner_tag_of(elsewhere, file),
    };
    BOOST_TEST(marks.size() == 8u);
    for (const std::string& owner_tag : marks) {
        BOOST_TEST(is_owner_tag(owner_tag));
        BOOST_TEST(owner_tag.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(owner_tag_follows_path_or_inode) {
    const fs::file_identity file{{254, 3}, 12, "handle"};
    const fs::file_identity other{{254, 3}, 13, "handle"};
    BOOST_TEST(owner_tag_of(config_of(fs::follow_mode::path), file) ==
               owner_tag_of(config_of(fs::follow_mode::path), other));
    monitor_config renamed = config_of(fs::follow_mode::inode);
    renamed.path = "/srv/old.img";
    BOOST_TEST(owner_tag_of(renamed, file) == owner_tag_of(config_of(fs::follow_mode::inode), file));
}

BOOST_AUTO_TEST_CASE(other_user_data_is_no_tag) {
    for (const char* text : {"", "-", "fm-", "fm-012345678", "fm-01234567890", "xm-0123456789"})
        BOOST_TEST(!is_owner_tag(text));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(find_group_suite)

BOOST_AUTO_TEST_CASE(find_group_searches_all_programs) {
    group_world world;
    dm::statistics device(world.kernel, group_world::device);
    world.add_stranger(at(0, 8), "-", "other");
    dm::region_spec spec{.range = at(8, 8), .program_id = "other", .options = {true, "10,20"}};
    BOOST_REQUIRE(device.create(spec).value() == region_id{1});
    BOOST_REQUIRE(device.set_aux(region_id{1}, "DMS_GROUP=\"a b\":1#mine").has_value());

    const auto found = find_group(device, group_id{1});
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST((found->id == group_id{1}));
    BOOST_TEST(found->program_id == "other");
    BOOST_TEST(found->alias_part == "\"a b\"");
    BOOST_TEST(found->user_data == "mine");
    BOOST_TEST((found->counting == dm::counting_options{true, "10,20"}));
}

BOOST_AUTO_TEST_CASE(find_group_of_missing_region_fails) {
    group_world world;
    dm::statistics device(world.kernel, group_world::device);
    const auto found = find_group(device, group_id{4});
    BOOST_REQUIRE(found.has_error());
    BOOST_TEST(found.error().code == errc::group_not_found);
    BOOST_TEST(found.error().text() == "group 4 on device 254:3: no such group");
}

BOOST_AUTO_TEST_CASE(find_group_of_plain_region_fails) {
    group_world world;
    world.add_dmstats_group({at(8, 8), at(24, 8)}, "f");
    world.add_stranger(at(40, 8), "DMS_GROUP=f:1-2#-");
    dm::statistics device(world.kernel, group_world::device);
    for (const std::uint64_t id : {1, 2})
        BOOST_TEST(find_group(device, group_id{id}).error().code == errc::not_a_group);
    BOOST_TEST(find_group(device, group_id{0}).has_value());
}

BOOST_AUTO_TEST_CASE(find_group_prefers_tag_to_id) {
    group_world world;
    world.add_dmstats_group({at(8, 8), at(24, 8)}, "other");
    world.add_dmstats_group({at(40, 8)}, "ours", group_world::owner_tag);
    dm::statistics device(world.kernel, group_world::device);
    for (const std::uint64_t id : {0, 2, 7}) {
        const auto found = find_group(device, group_id{id}, group_world::owner_tag);
        BOOST_REQUIRE(found.has_value());
        BOOST_TEST((found->id == group_id{2}));
        BOOST_TEST(found->alias_part == "ours");
    }
    BOOST_TEST(find_group(device, group_id{0}, "fm-9876543210").value().alias_part == "other");
}

BOOST_AUTO_TEST_CASE(find_group_on_missing_device_fails) {
    dm::simulated_kernel kernel;
    dm::statistics device(kernel, {254, 9});
    BOOST_TEST(find_group(device, group_id{0}).error().code.value() == ENXIO);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
