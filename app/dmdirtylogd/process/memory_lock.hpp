#pragma once

#include <filemap/logger.hpp>

/// How the process lives through what its mirrors may wait for.
namespace dmdirtylogd {

/// Before there are threads and a log: their stacks are small, for they are locked, and freed memory stays.
void keep_memory_small();

/**
 * @brief Its memory stays in memory, is never got by writing to a mirror that waits for it, and it is killed last.
 * @details Before there are other threads, and before privileges are dropped: CAP_IPC_LOCK, CAP_SYS_RESOURCE. What
 * cannot be done is told, and done without.
 */
void endure(const filemap::logger& log);

}  // namespace dmdirtylogd
