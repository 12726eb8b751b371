#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Whether a server may run here at all: one that cannot answer makes the kernel wait for it. Each throws
/// `app::startup_error`.
namespace dmdirtylogd {

/// Of the initial user namespace: without the one the kernel takes no answer, without the other it tells of nothing.
void require_capabilities();

/// There is nobody else, and the kernel's end is there. @param own Of the socket that was kept for us; -1: none.
void require_connector(int own);

/// @param proc_net_netlink The text of that file. @param own_inode 0: none.
void require_connector_in(std::string_view proc_net_netlink, unsigned long own_inode);

/// Who else gets the kernel's requests by now, for a person: of two answers the kernel takes the first, and waits for
/// none where somebody listens who gives none.
[[nodiscard]] std::vector<std::string> other_listeners(unsigned long own_inode);

/// 0: not open.
[[nodiscard]] unsigned long inode_of(int descriptor);

}  // namespace dmdirtylogd
