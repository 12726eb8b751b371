#include "common/daemon/stored_descriptors.hpp"

#include "common/daemon/notify_socket.hpp"
#include "support/notify_listener.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace app::daemon;

namespace {

/// Passes descriptors 3 and 4 like the service manager, in a child process, because this process uses these numbers
/// itself.
template <class Check>
bool holds_in_a_started_process(const std::string& pid, const std::string& count, const std::string& names,
                                Check check) {
    const pid_t child = ::fork();
    if (child == 0) {
        const int null = ::open("/dev/null", O_RDONLY);
        for (const int fd : {3, 4})
            if (null != fd) ::dup2(null, fd);
        ::setenv("LISTEN_PID", pid.empty() ? std::to_string(::getpid()).c_str() : pid.c_str(), 1);
        ::setenv("LISTEN_FDS", count.c_str(), 1);
        ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
        const bool good = check(take_stored_descriptors()) && std::getenv("LISTEN_FDS") == nullptr;
        ::_exit(good ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status == 0;
}

bool none(const std::vector<stored_descriptor>& taken) {
    return taken.empty();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stored_descriptors_test)

BOOST_AUTO_TEST_CASE(kept_descriptors_are_found_by_name) {
    BOOST_TEST(holds_in_a_started_process("", "2", "one:connector", [](const auto& taken) {
        return taken.size() == 2 && taken[0].name == "one" && taken[1].name == "connector" &&
               taken[1].descriptor.get() == 4 && (::fcntl(4, F_GETFD) & FD_CLOEXEC) != 0;
    }));
    BOOST_TEST(holds_in_a_started_process(
        "", "2", "one", [](const auto& taken) { return taken.size() == 2 && taken[1].name.empty(); }));
}

BOOST_AUTO_TEST_CASE(foreign_or_malformed_descriptors_are_ignored) {
    BOOST_TEST(holds_in_a_started_process("1", "2", "a:b", none));
    for (const char* count : {"0", "-1", "x", "", "99999999999", "2x"})
        BOOST_TEST(holds_in_a_started_process("", count, "a:b", none), count);
}

BOOST_AUTO_TEST_CASE(descriptor_is_stored_with_its_name) {
    const std::string name = "@stored-descriptors-test-" + std::to_string(::getpid());
    filemap::test::notify_listener manager(name);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_socket socket;
    ::unsetenv("NOTIFY_SOCKET");
    BOOST_TEST(socket.store(0, "connector"));
    BOOST_TEST(manager.comes("FDSTORE=1"));
    BOOST_TEST(manager.comes("FDNAME=connector"));
    BOOST_TEST(!notify_socket().store(0, "connector"));
}

BOOST_AUTO_TEST_SUITE_END()
