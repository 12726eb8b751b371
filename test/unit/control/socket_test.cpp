#include "dmfilemapd/control/socket.hpp"

#include "common/process.hpp"
#include "common/refusal.hpp"
#include "world.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
using control::control_socket;
using control::socket_options;

struct stat status_of(const std::string& path) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &status) == 0, path);
    return status;
}

socket_options at(const std::string& path) {
    socket_options options;
    options.path = path;
    return options;
}

void check_refused(const socket_options& options, const std::string& why) {
    const std::string text = "control socket '" + options.path + "': " + why;
    BOOST_CHECK_EXCEPTION(control_socket{options}, app::refusal,
                          [&](const app::refusal& wrong) { return wrong.what() == text; });
}

std::size_t files_in(const scratch_directory& directory) {
    const std::filesystem::directory_iterator files(directory.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

int connect_to(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int failed = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (failed == 0) return socket;
    ::close(socket);
    return -1;
}

/// What a client of another user reads in answer to a request. Empty if it could not connect.
std::string answer_as(uid_t user, gid_t group, const std::vector<gid_t>& groups, world& in) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        // Whatever stands on the way there may be closed to that user.
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

BOOST_AUTO_TEST_SUITE(socket_test)

BOOST_AUTO_TEST_CASE(it_listens_with_its_mode_whatever_the_umask) {
    const scratch_directory directory;
    for (const mode_t mask : {0u, 022u, 0777u}) {
        const mode_t before = ::umask(mask);
        socket_options options = at(directory / "s");
        options.group = ::getegid();
        const control_socket socket(options);
        ::umask(before);
        BOOST_TEST((status_of(directory / "s").st_mode & 07777) == 0660u);
        const int client = connect_to(directory / "s");
        BOOST_TEST(client >= 0);
        ::close(client);
    }
    BOOST_TEST(files_in(directory) == 0u);
}

BOOST_AUTO_TEST_CASE(its_directory_is_made) {
    const scratch_directory directory;
    const control_socket socket(at(directory / "made/s"));
    BOOST_TEST(S_ISSOCK(status_of(directory / "made/s").st_mode));
    check_refused(at(directory / "none/none/s"), "No such file or directory");
}

BOOST_AUTO_TEST_CASE(one_that_lives_is_left_alone) {
    const scratch_directory directory;
    const control_socket socket(at(directory / "s"));
    const auto before = status_of(directory / "s").st_ino;
    check_refused(at(directory / "s"), "another dmfilemapd listens there");
    BOOST_TEST(status_of(directory / "s").st_ino == before);
    const int client = connect_to(directory / "s");
    BOOST_TEST(client >= 0);
    ::close(client);
}

BOOST_AUTO_TEST_CASE(what_a_dead_one_left_is_replaced) {
    const scratch_directory directory;
    const pid_t child = ::fork();
    if (child == 0) {
        const control_socket socket(at(directory / "s"));
        ::_exit(0);
    }
    BOOST_TEST_REQUIRE(::waitpid(child, nullptr, 0) == child);
    BOOST_TEST(files_in(directory) == 2u);
    BOOST_TEST(connect_to(directory / "s") == -1);
    const control_socket socket(at(directory / "s"));
    const int client = connect_to(directory / "s");
    BOOST_TEST(client >= 0);
    ::close(client);
}

BOOST_AUTO_TEST_CASE(places_that_will_not_do_are_refused) {
    const scratch_directory directory;
    std::ofstream(directory / "file") << "text";
    check_refused(at(directory / "file"), "something that is no socket is there");
    BOOST_TEST(std::filesystem::file_size(directory / "file") == 4u);
    check_refused(at("s"), "the path is not absolute");
    check_refused(at(directory / std::string(200, 's')), "the path is too long");
    std::filesystem::create_symlink(directory / "file", directory / "s.lock");
    check_refused(at(directory / "s"), "Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(root_the_own_user_and_the_group_are_allowed) {
    const auto is_allowed = [](uid_t uid, gid_t gid, std::vector<gid_t> groups, std::optional<gid_t> group) {
        control::peer who;
        who.ids.uid = uid;
        who.ids.gid = gid;
        who.groups = std::move(groups);
        return control::is_allowed(who, 500, group);
    };
    BOOST_TEST(is_allowed(0, 7, {}, {}));
    BOOST_TEST(is_allowed(500, 7, {}, {}));
    BOOST_TEST(is_allowed(501, 7, {}, 7));
    BOOST_TEST(is_allowed(501, 6, {5, 7}, 7));
    BOOST_TEST(!is_allowed(501, 7, {}, {}));
    BOOST_TEST(!is_allowed(501, 6, {5, 8}, 7));
    BOOST_TEST(!is_allowed(501, 0, {0}, 7));
}

BOOST_AUTO_TEST_CASE(other_users_are_told_that_they_may_not) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not run: only root can become another user");
        return;
    }
    control::server_options options;
    options.group = 4321;
    socket_options socket;
    socket.mode = 0666;
    world in(options, socket);
    ::chmod(in.directory.path().c_str(), 0755);
    BOOST_TEST(answer_as(1234, 1234, {}, in).starts_with("HTTP/1.0 403 Forbidden\r\n"));
    BOOST_TEST(answer_as(1234, 4321, {}, in).starts_with("HTTP/1.0 200 OK\r\n"));
    BOOST_TEST(answer_as(1234, 1234, {4321}, in).starts_with("HTTP/1.0 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(deleted_it_is_made_again_when_asked_for) {
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
