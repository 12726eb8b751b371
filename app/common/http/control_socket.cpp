#include "common/http/control_socket.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "fs/directory.hpp"

#include <filemap/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace app::control {
namespace {

using filemap::fs::descriptor;

constexpr std::string_view lock_suffix = ".lock";
constexpr std::string_view new_suffix = ".new";
// Limit of attempts to open a lock file that other processes remove meanwhile.
constexpr int max_tries = 10;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw startup_error("control socket " + app::quoted(path) + ": " + why);
}

[[noreturn]] void refuse_system(const std::string& path) {
    refuse(path, std::strerror(errno));
}

void make_directory(const std::string& path) {
    const std::string directory = std::filesystem::path(path).parent_path().string();
    if (const auto made = filemap::fs::make_directory(directory); !made) refuse(path, made.error().code.message());
}

bool is_same_file(int fd, const std::string& path) {
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

descriptor lock_for(const std::string& path, const std::string& program) {
    const std::string name = path + std::string(lock_suffix);
    for (int tries = 0; tries < max_tries; ++tries) {
        descriptor lock{::open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (!lock.is_open()) refuse_system(path);
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) refuse(path, "another " + program + " listens there");
            refuse_system(path);
        }
        if (is_same_file(lock.get(), name)) return lock;
    }
    refuse(path, "others keep taking the lock");
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

void check_path(const std::string& path) {
    if (!path.starts_with('/')) refuse(path, "the path is not absolute");
    if (path.size() + new_suffix.size() >= sizeof sockaddr_un::sun_path) refuse(path, "the path is too long");
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
        refuse(path, "something that is no socket is there");
    }
}

// The lock proves that no daemon listens there, so an existing socket can be replaced.
descriptor listen_at(const socket_options& options) {
    descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket.is_open()) refuse_system(options.path);
    const std::string name = options.path + std::string(new_suffix);
    const sockaddr_un address = address_of(name);
    ::unlink(name.c_str());
    // The new name gets the descriptor's mode less the umask, so the mode never exceeds the final one.
    if (::fchmod(socket.get(), options.mode) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        (options.group && *options.group != ::getegid() && ::lchown(name.c_str(), uid_t(-1), *options.group) != 0) ||
        ::chmod(name.c_str(), options.mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
        ::rename(name.c_str(), options.path.c_str()) != 0) {
        const int cause = errno;
        ::unlink(name.c_str());
        errno = cause;
        refuse_system(options.path);
    }
    return socket;
}

}  // namespace

control_socket::control_socket(const socket_options& options) : options_(options) {
    check_path(options_.path);
    make_directory(options_.path);
    lock_ = lock_for(options_.path, options_.program);
    listen();
}

control_socket::~control_socket() {
    ::unlink(options_.path.c_str());
    ::unlink((options_.path + std::string(lock_suffix)).c_str());
}

void control_socket::listen() {
    listening_ = listen_at(options_);
    struct stat made {};
    if (::lstat(options_.path.c_str(), &made) != 0) refuse_system(options_.path);
    device_ = made.st_dev;
    inode_ = made.st_ino;
}

bool control_socket::is_there() const noexcept {
    struct stat there {};
    return ::lstat(options_.path.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
}

void control_socket::listen_again() {
    check_path(options_.path);
    make_directory(options_.path);
    // The lock file is usually deleted together with the socket.
    if (!is_same_file(lock_.get(), options_.path + std::string(lock_suffix)))
        lock_ = lock_for(options_.path, options_.program);
    listen();
}

listening_socket listen(const settings& as, const std::string& program) {
    if (as.socket.empty()) return {};
    const auto* group = ::getgrnam(as.group.c_str());
    if (!group) throw startup_error(as.socket + ": there is no group " + app::quoted(as.group));
    const socket_options options{as.socket, as.mode, group->gr_gid, program};
    return {std::make_unique<control_socket>(options), group->gr_gid};
}

std::optional<peer> peer_of(int socket) {
    peer who;
    socklen_t size = sizeof who.ids;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who.ids, &size) != 0) return std::nullopt;
    // The first call fails with ERANGE and returns the length.
    size = 0;
    while (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, who.groups.data(), &size) != 0 && errno == ERANGE) {
        who.groups.resize(size / sizeof(gid_t));
    }
    who.groups.resize(std::min<std::size_t>(who.groups.size(), size / sizeof(gid_t)));
    return who;
}

bool is_allowed(const peer& who, uid_t own, std::optional<gid_t> group) noexcept {
    if (who.ids.uid == 0 || who.ids.uid == own) return true;
    return group && (who.ids.gid == *group || std::ranges::find(who.groups, *group) != who.groups.end());
}

}  // namespace app::control
