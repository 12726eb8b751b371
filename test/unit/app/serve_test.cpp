#include "common/notify_listener.hpp"
#include "common/process.hpp"

#include <dmfilemapd/serve/notify_socket.hpp>
#include <dmfilemapd/serve/wanted_files.hpp>
#include <filemap/dm/simulated_kernel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

using namespace dmfilemapd;
using filemap::test::notify_listener;
using filemap::test::run_program;

namespace {

class environment_variable {
public:
    environment_variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    environment_variable(const environment_variable&) = delete;
    environment_variable& operator=(const environment_variable&) = delete;
    ~environment_variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

std::string abstract_name() {
    return "@dmfilemapd-serve-test-" + std::to_string(::getpid());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(serve_suite)

BOOST_AUTO_TEST_CASE(the_manager_is_told_by_either_kind_of_socket) {
    const std::string path = std::filesystem::current_path() / "notify";
    std::filesystem::remove(path);
    for (const std::string& name : {path, abstract_name()}) {
        notify_listener manager(name);
        const environment_variable named("NOTIFY_SOCKET", name);
        notify_socket socket;
        BOOST_TEST(socket.is_open());
        socket.ready("1 following");
        socket.reloading();
        socket.alive();
        socket.stopping();
        BOOST_TEST(manager.comes("READY=1"));
        BOOST_TEST(manager.comes("RELOADING=1"));
        BOOST_TEST(manager.comes("MONOTONIC_USEC="));
        BOOST_TEST(manager.comes("WATCHDOG=1"));
        BOOST_TEST(manager.comes("STOPPING=1"));
    }
}

BOOST_AUTO_TEST_CASE(without_a_manager_nothing_is_sent) {
    ::unsetenv("NOTIFY_SOCKET");
    notify_socket none;
    BOOST_TEST(!none.is_open());
    none.ready("nobody is told");
    for (const char* wrong : {"", "relative", "/nobody/listens/here"}) {
        const environment_variable named("NOTIFY_SOCKET", wrong);
        BOOST_TEST(!notify_socket().is_open(), wrong);
    }
}

BOOST_AUTO_TEST_CASE(a_watchdog_is_for_the_process_that_is_named) {
    BOOST_TEST(!watchdog_period());
    const environment_variable period("WATCHDOG_USEC", "3000000");
    BOOST_TEST((watchdog_period() == std::chrono::seconds(3)));
    {
        const environment_variable ours("WATCHDOG_PID", std::to_string(::getpid()));
        BOOST_TEST((watchdog_period() == std::chrono::seconds(3)));
    }
    const environment_variable others("WATCHDOG_PID", "1");
    BOOST_TEST(!watchdog_period());
    const environment_variable nonsense("WATCHDOG_USEC", "soon");
    BOOST_TEST(!watchdog_period());
}

BOOST_AUTO_TEST_CASE(the_journal_is_known_by_its_stream) {
    struct stat status {};
    BOOST_REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
    BOOST_TEST(!stderr_is_journal());
    const environment_variable stream("JOURNAL_STREAM",
                                      std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino));
    BOOST_TEST(stderr_is_journal());
    const environment_variable another("JOURNAL_STREAM", "1:1");
    BOOST_TEST(!stderr_is_journal());
}

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
