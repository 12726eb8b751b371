#include "common/process.hpp"

#include <dmfilemapd/serve/wanted_files.hpp>
#include <filemap/dm/simulated_kernel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace dmfilemapd;
using filemap::test::run_program;

BOOST_AUTO_TEST_SUITE(serve_suite)

BOOST_AUTO_TEST_CASE(a_monitor_is_told_all_settings) {
    file_settings settings;
    settings.follow = filemap::fs::follow_mode::inode;
    settings.program_id = "somebody";
    settings.counting.histogram = "10,20";
    settings.regions = {filemap::region_rule::exact, 7};
    settings.interval = std::chrono::milliseconds(1);
    settings.tolerance = std::chrono::milliseconds(2);
    settings.verify = std::chrono::seconds(3);
    settings.delete_on_exit = true;
    const filemap::monitor_config config = config_of(settings);
    BOOST_TEST((config.follow == settings.follow));
    BOOST_TEST(config.program_id == settings.program_id);
    BOOST_TEST((config.counting == settings.counting));
    BOOST_TEST((config.regions.rule == settings.regions.rule));
    BOOST_TEST(config.regions.max_regions == 7U);
    BOOST_TEST((config.interval == settings.interval));
    BOOST_TEST((config.tolerance == settings.tolerance));
    BOOST_TEST((config.verify == settings.verify));
    BOOST_TEST(config.delete_on_exit);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_taken_back_stays_if_the_configuration_names_it_by_now) {
    boost::asio::io_context events;
    boost::asio::thread_pool blocking{1};
    filemap::dm::simulated_kernel kernel;
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});
    filemap::file_set files(service, blocking.get_executor(), {}, {});
    wanted_files wanted(events.get_executor(), blocking.get_executor(), service, files, {});
    const std::string path = "/nowhere/file";
    wanted.add(path, {});
    BOOST_TEST(files.size() == 1U);
    wanted.take_back(path);
    BOOST_TEST(files.size() == 0U);

    wanted.add(path, {});
    configuration read;
    read.files.push_back({path, {}, {}});
    wanted.use(read);
    wanted.take_back(path);
    BOOST_TEST(files.size() == 1U);
    BOOST_TEST_REQUIRE(wanted.naming_of(path) != nullptr);
    BOOST_TEST((wanted.naming_of(path)->origin == wanted_files::file_origin::configuration));
    wanted.stop();
    blocking.join();
}

BOOST_AUTO_TEST_CASE(the_unit_exposes_little) {
    // In tenths: 2.0 is let pass, and what the unit has is not nothing.
    const auto judged = [](const std::string& threshold) {
        return run_program({"systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=" + threshold,
                            FILEMAP_SERVICE_UNIT});
    };
    const auto passes = judged("20");
    BOOST_TEST(passes.status == 0, passes.out + passes.err);
    BOOST_TEST(judged("5").status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
