#include "common/daemon/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace app::daemon {

void open_standard_descriptors() {
    // open(2) returns the lowest free number, so this ends when 0 to 2 are open.
    int null = -1;
    while ((null = ::open("/dev/null", O_RDWR)) >= 0 && null <= STDERR_FILENO) {
    }
    if (null > STDERR_FILENO) ::close(null);
}

void close_stray_descriptors(std::optional<int> kept) {
    const unsigned first = STDERR_FILENO + 1;
    const unsigned spared = kept && *kept > STDERR_FILENO ? static_cast<unsigned>(*kept) : STDERR_FILENO;
    if (spared > first) ::close_range(first, spared - 1, 0);
    ::close_range(spared + 1, ~0U, 0);
}

}  // namespace app::daemon
