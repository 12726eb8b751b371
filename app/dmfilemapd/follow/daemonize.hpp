#pragma once

#include <filemap/fs/descriptor.hpp>

#include <functional>

namespace dmfilemapd {

/**
 * @brief The daemon's end of the line to the process that waits for it.
 * @details Until @ref ready, stderr is still the caller's and the daemon ends with the waiting process.
 */
class waiting_parent {
public:
    explicit waiting_parent(filemap::fs::descriptor line) noexcept : line_(std::move(line)) {}

    /// Lets the waiting process end with status 0. @param keep_stderr Whether messages still go to the caller's stderr.
    void ready(bool keep_stderr);
    /// Lets it end with status 1 if it still waits, though this process may take long to end.
    void give_up();

private:
    void send(char status);

    filemap::fs::descriptor line_;
};

/**
 * @brief Runs @p daemon in a process of its own: a session without terminal, in the root directory.
 * @pre  No thread has been started.
 * @return In the calling process: 0 as soon as the daemon is ready, 1 if it ends before. In the daemon: what @p daemon
 * returns.
 */
[[nodiscard]] int run_in_background(const std::function<int(waiting_parent&)>& daemon);

}  // namespace dmfilemapd
