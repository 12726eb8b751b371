#pragma once

#include "common/cli/startup_error.hpp"
#include "common/http/control_socket.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {

using app::control::control_socket;
using app::control::socket_options;

inline struct stat status_of(const std::string& path) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &status) == 0, path);
    return status;
}

inline socket_options at(const std::string& path) {
    socket_options options;
    options.path = path;
    options.program = "dmfilemapd";
    return options;
}

inline void check_refused(const socket_options& options, const std::string& why) {
    const std::string text = "control socket '" + options.path + "': " + why;
    BOOST_CHECK_EXCEPTION(control_socket{options}, app::startup_error,
                          [&](const app::startup_error& wrong) { return wrong.what() == text; });
}

inline std::size_t files_in(const scratch_directory& directory) {
    const std::filesystem::directory_iterator files(directory.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

inline int connect_to(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int failed = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (failed == 0) return socket;
    ::close(socket);
    return -1;
}

}  // namespace filemap::test
