#include "dmdirtylogd/process/stored_connector.hpp"

#include "common/daemon/stored_descriptors.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace dmdirtylogd {
namespace {

int option_of(int socket, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool is_connector(int socket) {
    return option_of(socket, SO_DOMAIN) == AF_NETLINK && option_of(socket, SO_PROTOCOL) == NETLINK_CONNECTOR;
}

}  // namespace

std::optional<filemap::fs::descriptor> take_stored_connector() {
    for (auto& [name, descriptor] : app::daemon::take_stored_descriptors()) {
        if (name != connector_name || !is_connector(descriptor.get())) continue;
        ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
        return std::move(descriptor);
    }
    return {};
}

}  // namespace dmdirtylogd
