#pragma once

#include <filemap/fs/descriptor.hpp>

#include <functional>

namespace dmfilemapd {

/**
 * @brief Connection from the daemon to the process that waits for its start.
 * @details Until @ref ready, the daemon shares the caller's stderr and ends with the waiting process.
 */
class waiting_parent {
public:
    explicit waiting_parent(filemap::fs::descriptor line) noexcept : line_(std::move(line)) {}

    /// Ends the waiting process with status 0. @param keep_stderr True to keep the caller's stderr for messages.
    void ready(bool keep_stderr);
    /// Ends a still waiting process with status 1 at once, even if this process takes long to end.
    void give_up();

private:
    void send(char status);

    filemap::fs::descriptor line_;
};

/**
 * @brief Runs @p daemon in a new process, in a session without terminal and in the root directory.
 * @pre The process has no other threads.
 * @return In the calling process: 0 when the daemon is ready, 1 if the daemon ends first. In the daemon: the result of
 * @p daemon.
 */
[[nodiscard]] int run_in_background(const std::function<int(waiting_parent&)>& daemon);

}  // namespace dmfilemapd
