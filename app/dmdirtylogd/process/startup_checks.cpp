#include "dmdirtylogd/process/startup_checks.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "netlink/connector_socket.hpp"

#include <filemap/error.hpp>
#include <filemap/fs/descriptor.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dmdirtylogd {
namespace {

namespace files = std::filesystem;
using app::startup_error;

std::string text_of(const files::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool has(const __user_cap_data_struct (&sets)[2], unsigned capability) {
    return (sets[capability / 32].effective >> capability % 32 & 1) != 0;
}

// The initial user namespace maps all ids to themselves.
bool is_initial_user_namespace() {
    std::ifstream map("/proc/self/uid_map");
    unsigned long inside = 1, outside = 1, count = 0;
    map >> inside >> outside >> count;
    return inside == 0 && outside == 0 && count == 4294967295;
}

bool has_descriptor(const files::path& process, const std::string& target) {
    std::error_code error;
    for (files::directory_iterator each(process / "fd", error), none; !error && each != none; each.increment(error)) {
        std::error_code gone;
        if (files::read_symlink(each->path(), gone) == target) return true;
    }
    return false;
}

std::string name_of_process(const files::path& process) {
    std::string name = text_of(process / "comm");
    while (name.ends_with('\n')) name.pop_back();
    return app::displayed(name);
}

// Returns for instance "process 42 (cmirrord)". Prefers a process other than the service manager.
std::string holder_of(const dirtylog::connector_listener& listener) {
    const std::string target = "socket:[" + std::to_string(listener.inode) + "]";
    std::string found;
    std::error_code error;
    for (files::directory_iterator each("/proc", error), none; !error && each != none; each.increment(error)) {
        const std::string pid = each->path().filename().string();
        if (pid.find_first_not_of("0123456789") != pid.npos || !has_descriptor(each->path(), target)) continue;
        found = "process " + pid + " (" + name_of_process(each->path()) + ")";
        if (pid != "1") break;
    }
    if (!found.empty()) return found;
    // The process belongs to another user or has more privileges. The first netlink socket of a process usually has its
    // pid as port.
    const std::string port = std::to_string(listener.port);
    const std::string name = name_of_process("/proc/" + port);
    return name.empty() ? "an invisible process with netlink port " + port
                        : "process " + port + " (" + name + "), by its netlink port,";
}

}  // namespace

void require_capabilities() {
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    if (::syscall(SYS_capget, &head, sets) != 0) throw startup_error(filemap::last_system_failure("capget").text());
    if (!has(sets, CAP_SYS_ADMIN)) throw startup_error("CAP_SYS_ADMIN is missing: the kernel would ignore all answers");
    if (!has(sets, CAP_NET_ADMIN))
        throw startup_error("CAP_NET_ADMIN is missing: no request of the kernel could be received");
    if (!is_initial_user_namespace())
        throw startup_error("not in the initial user namespace, in which the kernel requires CAP_SYS_ADMIN");
}

void require_connector(int own) {
    // Creating a socket loads the kernel's module.
    const filemap::fs::descriptor probe{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR)};
    if (!probe.is_open()) throw startup_error(filemap::last_system_failure("the kernel's connector").text());
    require_connector_in(text_of("/proc/net/netlink"), inode_of(own));
}

unsigned long inode_of(int descriptor) {
    struct stat status {};
    return descriptor >= 0 && ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

std::vector<std::string> other_listeners(unsigned long own_inode) {
    std::vector<std::string> others;
    for (const auto& listener : dirtylog::connector_listeners(text_of("/proc/net/netlink")))
        if (listener.inode != own_inode) others.push_back(holder_of(listener));
    return others;
}

void require_connector_in(std::string_view proc_net_netlink, unsigned long own_inode) {
    if (!dirtylog::is_connectors_namespace(proc_net_netlink))
        throw startup_error("not in the initial network namespace, the only one that receives the kernel's requests");
    for (const auto& listener : dirtylog::connector_listeners(proc_net_netlink)) {
        if (listener.inode == own_inode) continue;
        throw startup_error(holder_of(listener) + " already receives the kernel's requests; only one server can run");
    }
}

}  // namespace dmdirtylogd
