#include "dmdirtylogd/process/memory_lock.hpp"

#include <filemap/error.hpp>

#include <array>
#include <cstddef>
#include <fstream>

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

// <linux/prctl.h> of older headers lacks it.
#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

namespace dmdirtylogd {
namespace {

using filemap::log_level;

constexpr std::size_t thread_stack = 256 * 1024;
constexpr std::size_t main_stack = 128 * 1024;

// The main thread's stack grows on first use, so use it before memory is locked.
void touch_stack() {
    std::array<volatile char, main_stack> room;
    for (std::size_t at = 0; at < room.size(); at += 1024) room[at] = 0;
}

void log_failure(const filemap::logger& log, const char* what) {
    log(log_level::warning, filemap::last_system_failure(what).text());
}

}  // namespace

void limit_memory_use() {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, thread_stack);
    ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
    ::mallopt(M_ARENA_MAX, 1);
    // Freed memory would have to be allocated again.
    ::mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
}

void lock_memory(const filemap::logger& log) {
    touch_stack();
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) log_failure(log, "cannot lock memory");
    // Threads inherit the flag.
    if (::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) != 0)
        log_failure(log, "cannot set PR_SET_IO_FLUSHER; allocating memory may wait for a mirror");
    std::ofstream score("/proc/self/oom_score_adj");
    if (!(score << "-1000" << std::flush))
        log_failure(log, "cannot set oom_score_adj; the process may be killed when memory is short");
}

}  // namespace dmdirtylogd
