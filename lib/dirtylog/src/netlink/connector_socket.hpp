#pragma once

#include "model/units.hpp"

#include <filemap/fs/descriptor.hpp>

#include <vector>

namespace dirtylog {

/**
 * @brief Opens a socket that receives the kernel's requests.
 * @par Errors  EPERM without CAP_NET_ADMIN. Without CAP_SYS_ADMIN in the initial user namespace the call succeeds, but
 * the kernel ignores all answers; the caller checks that first. In a network namespace other than the initial one no
 * request arrives.
 * @par Source  Linux `drivers/connector/connector.c`, `<linux/dm-log-userspace.h>`.
 */
[[nodiscard]] result<filemap::fs::descriptor> open_connector_socket();

/// Socket that receives the kernel's requests.
struct connector_listener {
    std::uint32_t port = 0;
    std::uint64_t inode = 0;

    friend bool operator==(const connector_listener&, const connector_listener&) = default;
};

/// Returns the listeners in the text of `/proc/net/netlink`. With two servers the kernel takes the first answer; a
/// listener that does not answer delays the kernel.
[[nodiscard]] std::vector<connector_listener> connector_listeners(std::string_view proc_net_netlink);

/// Returns true if the text of `/proc/net/netlink` contains the kernel's own socket. This socket exists only in the
/// initial network namespace, once the module `cn` is loaded. Creating a socket loads the module.
[[nodiscard]] bool is_connectors_namespace(std::string_view proc_net_netlink);

}  // namespace dirtylog
