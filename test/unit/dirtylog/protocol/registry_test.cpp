#include "protocol/registry.hpp"

#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

namespace dirtylog {
namespace {

log_record sample() {
    return {
        {*log_uuid::make("LVM-a b\nc%"), log_luid{0xffff888001234000}}, *boot_id::make("boot"), "40 core 8\n", true};
}

BOOST_AUTO_TEST_SUITE(registry_suite)

BOOST_AUTO_TEST_CASE(record_round_trips_and_truncation_fails) {
    const std::string whole = format(sample());
    BOOST_TEST((parse_log_record(whole) == sample()));
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(!parse_log_record(whole.substr(0, size)).has_value(), size);
    BOOST_TEST(!parse_log_record(whole + "x").has_value());
}

BOOST_AUTO_TEST_CASE(registry_loads_records_of_this_boot) {
    filemap::test::scratch_directory directory;
    const registry logs(directory.path.string());
    BOOST_TEST(logs.remember(sample()).has_value());
    log_record other = sample();
    other.key.luid = log_luid{2};
    other.boot = *boot_id::make("earlier");
    BOOST_TEST(logs.remember(other).has_value());
    // Left by a killed process.
    std::ofstream(directory / "log-ffff888001234000.log.new") << "half";
    std::ofstream(directory / "log-0000000000000003.log") << "half";
    const auto got = logs.load(*boot_id::make("boot"));
    BOOST_TEST_REQUIRE(got.logs.size() == 1u);
    BOOST_TEST((got.logs[0] == sample()));
    BOOST_TEST_REQUIRE(got.failures.size() == 1u);
    BOOST_TEST(got.failures[0].context == directory / "log-0000000000000003.log");
    BOOST_TEST(logs.remember(sample()).has_value());
    logs.forget(sample().key.luid);
    BOOST_TEST(logs.load(*boot_id::make("boot")).logs.empty());
    BOOST_TEST(registry(directory / "gone").load(*boot_id::make("boot")).failures.size() == 1u);
    BOOST_TEST(registry(directory / "gone").remember(sample()).has_error());
}

BOOST_AUTO_TEST_CASE(this_boot_has_id) {
    BOOST_TEST(this_boot().value().view().size() == 36u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
