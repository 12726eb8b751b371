#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace filemap::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What a program that ran to its end left.
struct program_result {
    /// Exit status; 128 + signal if a signal ended it; 124 if it was killed because it took too long; 127 if it could
    /// not be started.
    int status = 0;
    std::string out;
    std::string err;
};

/**
 * @brief Runs a program found on PATH to its end. What it prints is kept apart; its stdin is empty.
 * @details Only the program itself is waited for: a daemon that it leaves behind holds up nothing.
 * @param environment "NAME=VALUE", on top of this process's.
 */
[[nodiscard]] program_result run_program(const std::vector<std::string>& arguments, milliseconds bound = seconds{30},
                                         const std::vector<std::string>& environment = {});

/// As `run_program`, for a program that must succeed. Throws std::runtime_error, quoting what it said, if not.
std::string run_or_throw(const std::vector<std::string>& arguments, milliseconds bound = seconds{30},
                         const std::vector<std::string>& environment = {});

/// Polls by short waits until the condition holds. False if it does not within the bound.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, milliseconds bound);

/// From now on orphaned descendants (daemons) become children of this process, so that their exit status can be had.
void adopt_orphans();

/// Processes, other than zombies, that execute this file.
[[nodiscard]] std::vector<pid_t> processes_of(const std::string& executable);

/// 0 if there is no such process.
[[nodiscard]] pid_t parent_of(pid_t process);

/// Waits for a child (see `adopt_orphans`) to end, and reaps it. Its status as in `program_result`, or nothing if it
/// lives on.
[[nodiscard]] std::optional<int> wait_for_end(pid_t child, milliseconds bound);

/// A program that goes on beside the test. Killed, if it has not ended by itself, when this is destroyed.
class background_program {
public:
    /// Descriptors that are not closed by exec are passed on.
    explicit background_program(const std::vector<std::string>& arguments);
    background_program(const background_program&) = delete;
    background_program& operator=(const background_program&) = delete;
    ~background_program();

    /// -1 when it has ended and was waited for.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// What it has printed so far, to stdout or stderr.
    [[nodiscard]] std::string printed() const;
    /// Its status as in `program_result`, or nothing if it lives on.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);

private:
    int printed_ = -1;
    pid_t pid_ = -1;
};

}  // namespace filemap::test
