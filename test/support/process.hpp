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

/// Status and output of a program that has ended.
struct program_result {
    /// Exit status; 128 + signal if killed by a signal; 124 on timeout; 127 if the program could not be started.
    int status = 0;
    std::string out;
    std::string err;
};

/**
 * @brief Runs a program found on PATH to its end, with an empty stdin. Captures stdout and stderr separately.
 * @details Waits for the program itself only, not for daemons that it starts.
 * @param environment "NAME=VALUE", added to the environment of this process.
 */
[[nodiscard]] program_result run_program(const std::vector<std::string>& arguments, milliseconds bound = seconds{30},
                                         const std::vector<std::string>& environment = {});

/// Runs a program like `run_program`. Throws std::runtime_error with its output if it fails.
std::string run_or_throw(const std::vector<std::string>& arguments, milliseconds bound = seconds{30},
                         const std::vector<std::string>& environment = {});

/// Polls until the condition holds. Returns false if it does not hold within the bound.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, milliseconds bound);

/// Makes orphaned descendants (daemons) children of this process, which can then read their exit status.
void adopt_orphans();

/// Processes, other than zombies, that execute this file.
[[nodiscard]] std::vector<pid_t> processes_of(const std::string& executable);

/// 0 if there is no such process.
[[nodiscard]] pid_t parent_of(pid_t process);

/// Waits for a child (see `adopt_orphans`) to end, and reaps it. Returns its status as in `program_result`, or nothing
/// on timeout.
[[nodiscard]] std::optional<int> wait_for_end(pid_t child, milliseconds bound);

/// A program that runs beside the test. The destructor kills it if it still runs.
class background_program {
public:
    /// The program inherits descriptors without close-on-exec.
    explicit background_program(const std::vector<std::string>& arguments);
    background_program(const background_program&) = delete;
    background_program& operator=(const background_program&) = delete;
    ~background_program();

    /// -1 after the program was reaped.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Output so far, to stdout and stderr.
    [[nodiscard]] std::string printed() const;
    /// Status as in `program_result`, or nothing on timeout.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);

private:
    int printed_ = -1;
    pid_t pid_ = -1;
};

}  // namespace filemap::test
