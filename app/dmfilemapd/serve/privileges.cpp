#include "privileges.hpp"

#include <cerrno>
#include <cstdint>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dmfilemapd {
namespace {

constexpr std::uint64_t kept = std::uint64_t{1} << CAP_SYS_ADMIN | std::uint64_t{1} << CAP_DAC_READ_SEARCH;

// A kernel newer than the headers may know more.
constexpr int most_capabilities = 64;

bool is_kept(int capability) {
    return (kept >> capability & 1) != 0;
}

// Without CAP_SETPCAP it cannot be, nor need be: what is not permitted is not gained by what is never executed.
void limit_bounding_set() {
    for (int capability = 0; capability < most_capabilities; ++capability) {
        if (!is_kept(capability)) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
}

}  // namespace

filemap::result<void> drop_privileges() {
    limit_bounding_set();
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

}  // namespace dmfilemapd
