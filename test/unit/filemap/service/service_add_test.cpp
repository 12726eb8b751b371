#include "unit/filemap/service/service_fixture.hpp"

using namespace filemap;
using namespace filemap::test;

namespace {

struct add_fixture : service_fixture {
    failure refusal_of(const std::string& path) {
        monitor_config config;
        config.path = path;
        const auto added = the_service().add(std::move(config));
        BOOST_TEST_REQUIRE(!added);
        BOOST_TEST(added.error().text().find(path) != std::string::npos, added.error().text());
        return added.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_add, add_fixture)

BOOST_AUTO_TEST_CASE(relative_path_is_refused) {
    BOOST_TEST(refusal_of("relative").code == boost::system::errc::invalid_argument);
    BOOST_TEST(refusal_of("").code == boost::system::errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(missing_file_is_refused) {
    BOOST_TEST(refusal_of(directory / "missing").code == boost::system::errc::no_such_file_or_directory);
}

BOOST_AUTO_TEST_CASE(directory_is_refused) {
    BOOST_TEST(refusal_of(directory).code == make_error_code(errc::not_regular_file));
}

BOOST_AUTO_TEST_CASE(service_runs_without_what_was_refused) {
    static_cast<void>(refusal_of(directory / "missing"));
    start();
    BOOST_TEST(run_until([this] { return !running; }));
}

BOOST_AUTO_TEST_SUITE_END()
