#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Checks that a server can work here: one that cannot answer delays the kernel. Each function throws
/// `app::startup_error`.
namespace dmdirtylogd {

/// Requires CAP_SYS_ADMIN, without which the kernel ignores answers, and CAP_NET_ADMIN, without which it sends no
/// requests. Both must hold in the initial user namespace.
void require_capabilities();

/// Requires the kernel's connector, and no other listener. @param own Socket that the service manager kept. -1: none.
void require_connector(int own);

/// @param proc_net_netlink Text of `/proc/net/netlink`. @param own_inode Inode of the own socket. 0: none.
void require_connector_in(std::string_view proc_net_netlink, unsigned long own_inode);

/// Returns the other listeners, for people. With two listeners the kernel takes the first answer; a listener that does
/// not answer delays the kernel.
[[nodiscard]] std::vector<std::string> other_listeners(unsigned long own_inode);

/// Returns the inode of a descriptor. 0: not open.
[[nodiscard]] unsigned long inode_of(int descriptor);

}  // namespace dmdirtylogd
