#pragma once

#include <csignal>

namespace app::daemon {

/// Blocks or unblocks the signals of a service (SIGTERM, SIGINT, SIGHUP). A signal that arrives during the start stays
/// pending until the service can handle it. @param how SIG_BLOCK or SIG_UNBLOCK.
inline void hold_signals(int how) {
    sigset_t answered;
    sigemptyset(&answered);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&answered, number);
    pthread_sigmask(how, &answered, nullptr);
}

}  // namespace app::daemon
