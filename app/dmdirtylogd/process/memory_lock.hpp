#pragma once

#include <filemap/logger.hpp>

/// Keeps the process running while its mirrors block memory reclaim.
namespace dmdirtylogd {

/// Limits thread stacks, since they are locked, and keeps freed memory. Call it before any thread or log exists.
void limit_memory_use();

/**
 * @brief Locks memory, forbids allocation to write to a mirror that waits for this process, and exempts the process
 * from the OOM killer.
 * @details Call it before other threads exist and before privileges are dropped: needs CAP_IPC_LOCK and
 * CAP_SYS_RESOURCE. Failures are logged and otherwise ignored.
 */
void lock_memory(const filemap::logger& log);

}  // namespace dmdirtylogd
