// Tests the control socket with requests to a service.

#include "unit/common/http/socket_checks.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <grp.h>
#include <sys/wait.h>

namespace {

using namespace filemap::test;

/// Returns the answer to a client with another user; empty if it could not connect.
std::string answer_as(uid_t user, gid_t group, const std::vector<gid_t>& groups, world& in) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        // Enters the directory first, because the other user may lack access to its parent directories.
        if (::chdir(in.directory.path().c_str()) != 0) ::_exit(1);
        if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) ::_exit(1);
        const int socket = connect_to("control.sock");
        const std::string request = "GET /v1/status HTTP/1.0\r\n\r\n";
        char text[4096];
        if (socket < 0 || ::write(socket, request.data(), request.size()) < 0) ::_exit(1);
        for (ssize_t size; (size = ::read(socket, text, sizeof text)) > 0;) {
            if (::write(ends[1], text, static_cast<std::size_t>(size)) != size) break;
        }
        ::_exit(0);
    }
    ::close(ends[1]);
    int status = 0;
    BOOST_TEST_REQUIRE(in.turn_until([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    std::string answer(4096, '\0');
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], answer.data(), answer.size()), 0)));
    ::close(ends[0]);
    return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_socket_test)

BOOST_AUTO_TEST_CASE(other_users_are_refused) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not run: only root can become another user");
        return;
    }
    app::control::server_options options;
    options.group = 4321;
    socket_options socket;
    socket.mode = 0666;
    world in(options, socket);
    ::chmod(in.directory.path().c_str(), 0755);
    BOOST_TEST(answer_as(1234, 1234, {}, in).starts_with("HTTP/1.0 403 Forbidden\r\n"));
    BOOST_TEST(answer_as(1234, 4321, {}, in).starts_with("HTTP/1.0 200 OK\r\n"));
    BOOST_TEST(answer_as(1234, 1234, {4321}, in).starts_with("HTTP/1.0 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(deleted_socket_is_recreated_on_request) {
    world in;
    raw_client connected(in);
    connected.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(connected.receive().status == 200u);
    const ino_t first = status_of(in.path).st_ino;
    in.server->listen_again();
    BOOST_TEST(status_of(in.path).st_ino == first);
    for (const bool with_lock : {false, true}) {
        std::filesystem::remove(in.path);
        if (with_lock) std::filesystem::remove(in.path + ".lock");
        in.server->listen_again();
        BOOST_TEST((status_of(in.path).st_mode & 07777) == 0660u);
        BOOST_TEST(ask(in, "GET /v1/status").status == 200u);
        check_refused(at(in.path), "another dmfilemapd listens there");
    }
    connected.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(connected.receive().status == 200u);
    std::filesystem::remove(in.path);
    std::filesystem::create_directory(in.path);
    in.server->listen_again();
    BOOST_TEST(in.logged.back() == "control socket '" + in.path + "': something that is no socket is there");
    std::filesystem::remove(in.path);
    BOOST_TEST(in.stop());
    BOOST_TEST(files_in(in.directory) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
