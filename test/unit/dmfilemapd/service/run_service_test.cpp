#include "dmfilemapd/service/file_selection.hpp"
#include "support/process.hpp"
#include "support/scratch_directory.hpp"

#include <filemap/dm/simulated_kernel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <vector>

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

BOOST_AUTO_TEST_CASE(released_file_stays_if_configured) {
    boost::asio::io_context events;
    boost::asio::thread_pool blocking{1};
    filemap::dm::simulated_kernel kernel;
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});
    filemap::file_set files(service, blocking.get_executor(), {}, {});
    file_selection wanted(events.get_executor(), blocking.get_executor(), files);
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
    BOOST_TEST((wanted.naming_of(path)->origin == file_selection::file_origin::configuration));
    wanted.stop();
    blocking.join();
}

BOOST_AUTO_TEST_CASE(files_wait_for_unread_globs) {
    const filemap::test::scratch_directory directory;
    std::ofstream(directory / "a.img") << "data";
    boost::asio::io_context events;
    boost::asio::thread_pool blocking{1};
    boost::asio::thread_pool reading{1};
    filemap::dm::simulated_kernel kernel;
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});
    filemap::file_set files(service, blocking.get_executor(), {}, {});
    file_selection wanted(events.get_executor(), reading.get_executor(), files, std::chrono::milliseconds{20});
    const auto comes_to_have = [&](const std::vector<std::string>& paths) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        std::vector<std::string> found;
        while (std::chrono::steady_clock::now() < limit && found != paths) {
            events.restart();
            events.run_one_for(std::chrono::milliseconds{10});
            found.clear();
            files.for_each_after({}, 10, [&](const filemap::file_info& file) { found.push_back(file.request.path); });
        }
        return found == paths;
    };
    configuration read;
    read.files.push_back({"/nowhere/old", {}, {}});
    read.globs.push_back({directory / "*.img", {}, {}, {}, {}});
    wanted.use(read);
    BOOST_TEST(comes_to_have({"/nowhere/old", directory / "a.img"}));

    std::promise<void> go_on;
    boost::asio::post(reading, [&go_on] { go_on.get_future().wait(); });
    read.files.front().path = "/nowhere/new";
    read.globs.front().exclude = {"b.img"};
    wanted.use(read);
    BOOST_TEST(comes_to_have({"/nowhere/new", "/nowhere/old", directory / "a.img"}));
    go_on.set_value();
    BOOST_TEST(comes_to_have({"/nowhere/new", directory / "a.img"}));
    wanted.stop();
    reading.join();
    blocking.join();
}

// glibc implements lchown(2) by another system call on architectures without it.
BOOST_AUTO_TEST_CASE(unit_allows_socket_group_everywhere) {
    std::ifstream unit(FILEMAP_SERVICE_UNIT);
    std::string allowed;
    for (std::string line; std::getline(unit, line);)
        if (line.starts_with("SystemCallFilter=")) allowed = line + ' ';
    for (const char* call : {" lchown ", " fchownat "}) BOOST_TEST((allowed.find(call) != allowed.npos), call);
}

BOOST_AUTO_TEST_CASE(the_unit_exposes_little) {
    // Thresholds are in tenths. The unit passes 2.0 and fails 0.5, which shows that the threshold has an effect.
    const auto judged = [](const std::string& threshold) {
        return run_program({"systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=" + threshold,
                            FILEMAP_SERVICE_UNIT});
    };
    const auto passes = judged("20");
    BOOST_TEST(passes.status == 0, passes.out + passes.err);
    BOOST_TEST(judged("5").status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
