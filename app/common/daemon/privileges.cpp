#include "common/daemon/privileges.hpp"

#include <cerrno>
#include <cstdint>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace app::daemon {
namespace {

// A kernel newer than the headers may have more capabilities.
constexpr int max_capabilities = 64;

std::uint64_t bits_of(std::initializer_list<int> capabilities) {
    std::uint64_t bits = 0;
    for (const int capability : capabilities) bits |= std::uint64_t{1} << capability;
    return bits;
}

// Removes capabilities from the bounding set. Fails without CAP_SETPCAP, which is harmless: only executing another
// program could gain capabilities.
void limit_bounding_set(std::uint64_t kept) {
    for (int capability = 0; capability < max_capabilities; ++capability) {
        if ((kept >> capability & 1) == 0) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
}

}  // namespace

filemap::result<void> drop_privileges(std::initializer_list<int> capabilities) {
    const std::uint64_t kept = bits_of(capabilities);
    limit_bounding_set(kept);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    if (::syscall(SYS_capget, &head, sets) != 0) return filemap::last_system_failure("capget");
    for (int half = 0; half < 2; ++half) {
        const auto wanted = static_cast<std::uint32_t>(kept >> 32 * half);
        sets[half].permitted &= wanted;
        sets[half].effective = sets[half].permitted;
        sets[half].inheritable = 0;
    }
    if (::syscall(SYS_capset, &head, sets) != 0) return filemap::last_system_failure("capset");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return filemap::last_system_failure("PR_SET_NO_NEW_PRIVS");
    return {};
}

}  // namespace app::daemon
