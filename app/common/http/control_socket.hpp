#pragma once

#include "common/http/socket_settings.hpp"

#include <filemap/fs/descriptor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/types.h>

namespace app::control {

struct socket_options {
    std::string path;
    mode_t mode = 0660;
    /// Group of the socket. The default is the group of the process.
    std::optional<gid_t> group;
    /// Program name for messages.
    std::string program;
};

/**
 * @brief Listening Unix socket with a name in the file system.
 * @details
 * The socket appears under its name only when the mode is final and the socket listens. A lock on "PATH.lock"
 * distinguishes a running daemon from a dead one, whose socket is replaced.
 */
class control_socket {
public:
    /// Creates the directory if its parent exists.
    /// @throws startup_error naming the path. Causes: another process listens, the path is no socket, or the socket
    /// cannot be created.
    explicit control_socket(const socket_options& options);
    control_socket(const control_socket&) = delete;
    control_socket& operator=(const control_socket&) = delete;
    ~control_socket();

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }
    /// Returns true if the name still leads to the socket.
    [[nodiscard]] bool is_there() const noexcept;
    /// Creates a new socket under the same name, for @ref release. @throws startup_error like the constructor.
    void listen_again();
    /// Returns the descriptor and transfers its ownership to the caller.
    [[nodiscard]] int release() noexcept { return listening_.release(); }

private:
    void listen();

    socket_options options_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    filemap::fs::descriptor lock_;
    filemap::fs::descriptor listening_;
};

/// Listening socket of a service and the group that the service admits.
struct listening_socket {
    /// Control socket; empty if the service has none.
    std::unique_ptr<control_socket> socket;
    std::optional<gid_t> group;
};

/// Listens as configured. Changing the owner of a socket needs privileges, so call this before dropping privileges.
/// @throws startup_error
[[nodiscard]] listening_socket listen(const settings& as, const std::string& program);

/// Credentials of the client.
struct peer {
    ucred ids{};
    /// Supplementary groups; empty if the kernel does not report them.
    std::vector<gid_t> groups;
};

/// Returns the client's credentials, or nothing if the kernel does not report them.
[[nodiscard]] std::optional<peer> peer_of(int socket);

/// Returns true for root, the user @p own and members of @p group.
[[nodiscard]] bool is_allowed(const peer& who, uid_t own, std::optional<gid_t> group) noexcept;

}  // namespace app::control
