#pragma once

#include "support/captured_log.hpp"
#include "support/process.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// How many threads of a process the kernel keeps waiting for a device, have ended, or are neither.
struct thread_states {
    std::size_t waiting_for_device = 0;
    std::size_t ended = 0;
    std::size_t others = 0;
};
[[nodiscard]] thread_states threads_of(pid_t process);

/// A daemon in the foreground, whose log can be read while it runs. Killed when destroyed.
class logged_daemon {
public:
    /// @param arguments Besides --foreground --verbose.
    /// @param before    Called in the new process.
    explicit logged_daemon(
        std::vector<std::string> arguments, const std::function<void()>& before = [] {});
    logged_daemon(const logged_daemon&) = delete;
    logged_daemon& operator=(const logged_daemon&) = delete;
    ~logged_daemon();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] std::string log() const { return log_.text(); }
    [[nodiscard]] int times_logged(std::string_view text) const { return log_.times_logged(text); }
    [[nodiscard]] bool logs_within(std::string_view text, milliseconds bound) const {
        return log_.logs_within(text, bound);
    }
    void signal(int number) const;
    /// Its exit status, or nothing if it lives on.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);
    /// Sends SIGTERM and waits.
    [[nodiscard]] std::optional<int> stop();

private:
    captured_log log_;
    pid_t pid_ = -1;
};

/// A process does not run as long as this lives.
class halted {
public:
    explicit halted(pid_t process);
    halted(const halted&) = delete;
    halted& operator=(const halted&) = delete;
    ~halted();

private:
    pid_t process_;
};

}  // namespace filemap::test
