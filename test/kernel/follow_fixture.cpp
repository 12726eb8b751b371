#include "kernel/follow_fixture.hpp"

#include <filesystem>

namespace filemap::test {

scratch_file::scratch_file(const std::string& name)
    : directory_(shared_device().path() + "/case"), path_(directory_ + '/' + name) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
}

scratch_file::~scratch_file() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

boost::unit_test::test_suite& add_suite(const std::string& name) {
    auto* suite = new boost::unit_test::test_suite(name, __FILE__, __LINE__);  // owned by the framework
    boost::unit_test::framework::master_test_suite().add(suite);
    return *suite;
}

void add_case(boost::unit_test::test_suite& suite, const std::string& name, const std::function<void()>& body) {
    suite.add(boost::unit_test::make_test_case(body, name, __FILE__, __LINE__));
}

void require_sync(const std::string& file, const char* when) {
    const map_report report = wait_for_sync(file, reaction_bound);
    BOOST_TEST_REQUIRE(report.in_sync(), when << ": " << report.summary());
}

listed_group only_group() {
    const std::vector<listed_group> groups = groups_among(regions_of(shared_device().name()));
    BOOST_TEST_REQUIRE(groups.size() == 1U);
    return groups.front();
}

}  // namespace filemap::test
