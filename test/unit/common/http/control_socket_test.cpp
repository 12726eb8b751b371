#include "common/http/control_socket.hpp"

#include "unit/common/http/socket_checks.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include <sys/wait.h>

namespace {

using namespace filemap::test;

}  // namespace

BOOST_AUTO_TEST_SUITE(socket_test)

BOOST_AUTO_TEST_CASE(socket_mode_ignores_umask) {
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
    const mode_t before = ::umask(077);
    const control_socket socket(at(directory / "made/s"));
    ::umask(before);
    BOOST_TEST(S_ISSOCK(status_of(directory / "made/s").st_mode));
    BOOST_TEST((status_of(directory / "made").st_mode & 07777) == 0755u);
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

BOOST_AUTO_TEST_CASE(dead_daemons_socket_is_replaced) {
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

BOOST_AUTO_TEST_CASE(unsuitable_path_is_refused) {
    const scratch_directory directory;
    std::ofstream(directory / "file") << "text";
    check_refused(at(directory / "file"), "something that is no socket is there");
    BOOST_TEST(std::filesystem::file_size(directory / "file") == 4u);
    check_refused(at("s"), "the path is not absolute");
    check_refused(at(directory / std::string(200, 's')), "the path is too long");
    std::filesystem::create_symlink(directory / "file", directory / "s.lock");
    check_refused(at(directory / "s"), "Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(root_owner_and_group_are_admitted) {
    const auto is_allowed = [](uid_t uid, gid_t gid, std::vector<gid_t> groups, std::optional<gid_t> group) {
        app::control::peer who;
        who.ids.uid = uid;
        who.ids.gid = gid;
        who.groups = std::move(groups);
        return app::control::is_allowed(who, 500, group);
    };
    BOOST_TEST(is_allowed(0, 7, {}, {}));
    BOOST_TEST(is_allowed(500, 7, {}, {}));
    BOOST_TEST(is_allowed(501, 7, {}, 7));
    BOOST_TEST(is_allowed(501, 6, {5, 7}, 7));
    BOOST_TEST(!is_allowed(501, 7, {}, {}));
    BOOST_TEST(!is_allowed(501, 6, {5, 8}, 7));
    BOOST_TEST(!is_allowed(501, 0, {0}, 7));
}

BOOST_AUTO_TEST_SUITE_END()
