#include "storage/journal.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(journal_format_suite)

BOOST_AUTO_TEST_CASE(damaged_or_misplaced_block_is_rejected) {
    const std::uint64_t dirty[] = {1, 2}, changed[] = {3, 4};
    const block_place place{77, 5, 0};
    const block made = make_block(place, 9, dirty, changed);
    const auto read = read_block(made, place);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->epoch == 9u);
    BOOST_TEST(read->first[1] == 2u);
    BOOST_TEST(read->second[1] == 4u);
    BOOST_TEST(!read_block(made, {78, 5, 0}).has_value());
    BOOST_TEST(!read_block(made, {77, 4, 0}).has_value());
    BOOST_TEST(!read_block(made, {77, 5, 1}).has_value());
    for (std::size_t i = 0; i < made.size(); ++i) {
        block torn = made;
        torn[i] ^= std::byte{1};
        BOOST_TEST(!read_block(torn, place).has_value());
    }
    BOOST_TEST(!read_block(block{}, {0, 0, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(header_round_trips_and_torn_fails) {
    journal_header header;
    header.uuid = *log_uuid::make(std::string(128, 'u'));
    header.shape = {sectors{1000}, sectors{8}};
    header.incarnation = 5;
    header.generation = 6;
    header.epoch = 7;
    header.checkpoints[6] = {*checkpoint_name::make(std::string(32, 'n')), 3};
    const block made = make_header(header);
    BOOST_TEST((read_header(made) == header));
    for (std::size_t size = 0; size < made.size(); ++size) {
        block torn{};
        std::copy_n(made.begin(), size, torn.begin());
        BOOST_TEST(begins_as_header(torn) == (size > 0));
        // The last bytes are zeroes in any header.
        BOOST_TEST(read_header(torn).has_value() == (torn == made));
    }
    BOOST_TEST(!begins_as_header(block{}));
    block other{};
    other[0] = std::byte{'d'};
    other[1] = std::byte{'o'};
    BOOST_TEST(!begins_as_header(other));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
