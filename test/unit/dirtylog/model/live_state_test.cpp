#include "model/live_state.hpp"

#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

#include <unistd.h>

namespace dirtylog {
namespace {

geometry regions_of_8(std::uint64_t many) {
    return {sectors{many * 8}, sectors{8}};
}

BOOST_AUTO_TEST_SUITE(live_state_suite)

BOOST_AUTO_TEST_CASE(published_live_state_is_found) {
    filemap::test::scratch_directory directory;
    const log_key key{*log_uuid::make("mirror"), log_luid{7}};
    const boot_id boot = *boot_id::make("boot");
    {
        auto made = live_state::create(directory.path.string(), {key, boot, regions_of_8(100), true});
        BOOST_TEST_REQUIRE(made.has_value());
        (*made)->fill(true);
        BOOST_TEST((live_state::attach(directory.path.string(), key, boot).value() == nullptr));
        BOOST_TEST((*made)->publish().has_value());
        (*made)->words().clean[1] = 5;
        (*made)->set_phase(live_phase::suspended);
    }
    const auto found = live_state::attach(directory.path.string(), key, boot);
    BOOST_TEST_REQUIRE((found.has_value() && *found != nullptr));
    BOOST_TEST((*found)->words().clean[1] == 5u);
    BOOST_TEST((*found)->regions().count() == 100u);
    BOOST_TEST(((*found)->phase() == live_phase::suspended));
    const boot_id later = *boot_id::make("later");
    BOOST_TEST((live_state::attach(directory.path.string(), key, later).value() == nullptr));
    const log_key other{*log_uuid::make("other"), log_luid{7}};
    BOOST_TEST((live_state::attach(directory.path.string(), other, boot).value() == nullptr));
    BOOST_TEST(::truncate((directory / "log-0000000000000007.live").c_str(), 5000) == 0);
    BOOST_TEST((live_state::attach(directory.path.string(), key, boot).error().code == filemap::errc::state_malformed));
    live_state::remove(directory.path.string(), key.luid);
    BOOST_TEST(std::filesystem::is_empty(directory.path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
