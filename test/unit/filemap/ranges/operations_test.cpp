#include "unit/filemap/print.hpp"

#include <filemap/plan.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace filemap {
namespace {

sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}
group_region region(std::uint64_t id, std::uint64_t start, std::uint64_t length) {
    return {region_id{id}, at(start, length)};
}

BOOST_AUTO_TEST_SUITE(operations_suite)

std::string in_words(const plan& planned, bool has_group) {
    std::string words;
    for (const operation& op : operations_of(planned, has_group)) words += describe(op) + "; ";
    return words;
}

BOOST_AUTO_TEST_CASE(no_change_has_no_steps) {
    plan planned;
    planned.keep = {region(3, 0, 8)};
    BOOST_TEST(in_words(planned, true) == "");
}

BOOST_AUTO_TEST_CASE(unlisted_regions_are_published) {
    plan planned;
    planned.keep = {region(3, 0, 8)};
    BOOST_TEST(in_words(planned, false) == "publish the group; ");
}

BOOST_AUTO_TEST_CASE(replacement_tags_creates_publishes_deletes) {
    plan planned;
    planned.keep = {region(3, 0, 8)};
    planned.create = {at(8, 8), at(24, 8)};
    planned.remove = {region(4, 8, 24)};
    BOOST_TEST(in_words(planned, true) ==
               "tag region 4; create 8+8; create 24+8; publish the group; check the regions to delete; "
               "carry the counters of region 4; delete region 4 at 8+24; ");
}

BOOST_AUTO_TEST_CASE(first_region_is_published_at_once) {
    plan planned;
    planned.create = {at(8, 8), at(24, 8), at(40, 8)};
    BOOST_TEST(in_words(planned, false) ==
               "create 8+8; publish the group; create 24+8; create 40+8; publish the group; ");
}

BOOST_AUTO_TEST_CASE(group_deletion_publishes_first) {
    plan planned;
    planned.remove = {region(4, 8, 24)};
    BOOST_TEST(in_words(planned, true) ==
               "tag region 4; publish the group; check the regions to delete; carry the counters of region 4; "
               "delete region 4 at 8+24; ");
}

BOOST_AUTO_TEST_CASE(publication_intervals_double) {
    plan planned;
    for (std::uint64_t i = 0; i < 1000; ++i) planned.create.push_back(at(i * 16, 8));
    std::vector<std::size_t> created_before;
    std::size_t created = 0;
    for (const operation& op : operations_of(planned, false)) {
        if (std::holds_alternative<step::create>(op)) ++created;
        if (std::holds_alternative<step::publish>(op)) created_before.push_back(created);
    }
    const std::vector<std::size_t> wanted{1, 65, 193, 449, 961, 1000};
    BOOST_TEST(created_before == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
