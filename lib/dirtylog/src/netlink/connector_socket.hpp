#pragma once

#include "model/units.hpp"

#include <filemap/fs/descriptor.hpp>

#include <vector>

namespace dirtylog {

/**
 * @brief A socket that gets the kernel's requests, from now on.
 * @par Errors  EPERM without CAP_NET_ADMIN. Without CAP_SYS_ADMIN in the initial user namespace it is got all the same,
 *              and no answer reaches the kernel; the caller checks that first. In another network namespace than the
 *              initial one nothing arrives.
 * @par Source  Linux `drivers/connector/connector.c`, `<linux/dm-log-userspace.h>`.
 */
[[nodiscard]] result<filemap::fs::descriptor> open_connector_socket();

/// A socket that gets the kernel's requests.
struct connector_listener {
    std::uint32_t port = 0;
    std::uint64_t inode = 0;

    friend bool operator==(const connector_listener&, const connector_listener&) = default;
};

/// All there are, as `/proc/net/netlink` has them. Of two servers the kernel takes the answer that comes first; one
/// that listens and does not answer makes it wait.
[[nodiscard]] std::vector<connector_listener> connector_listeners(std::string_view proc_net_netlink);

/// Whether the kernel's own end is there, by the same text: that is so in the initial network namespace alone, once the
/// module `cn` is loaded, which making a socket does.
[[nodiscard]] bool is_connectors_namespace(std::string_view proc_net_netlink);

}  // namespace dirtylog
