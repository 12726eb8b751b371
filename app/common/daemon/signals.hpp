#pragma once

#include <csignal>

namespace app::daemon {

/// Has the signals that a service answers (SIGTERM, SIGINT, SIGHUP) wait, or no longer: what comes while it is being
/// made is answered when it is there. @param how SIG_BLOCK or SIG_UNBLOCK.
inline void hold_signals(int how) {
    sigset_t answered;
    sigemptyset(&answered);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&answered, number);
    pthread_sigmask(how, &answered, nullptr);
}

}  // namespace app::daemon
