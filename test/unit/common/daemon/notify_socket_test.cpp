#include "common/daemon/notify_socket.hpp"

#include "support/notify_listener.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace app::daemon;
using filemap::test::notify_listener;

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

BOOST_AUTO_TEST_SUITE(notify_socket_test)

BOOST_AUTO_TEST_CASE(both_socket_kinds_are_notified) {
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

BOOST_AUTO_TEST_CASE(watchdog_applies_to_named_process) {
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

BOOST_AUTO_TEST_CASE(journal_is_detected_by_stream) {
    struct stat status {};
    BOOST_REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
    BOOST_TEST(!stderr_is_journal());
    const environment_variable stream("JOURNAL_STREAM",
                                      std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino));
    BOOST_TEST(stderr_is_journal());
    const environment_variable another("JOURNAL_STREAM", "1:1");
    BOOST_TEST(!stderr_is_journal());
}

BOOST_AUTO_TEST_SUITE_END()
