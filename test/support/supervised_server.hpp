#pragma once

#include "support/captured_log.hpp"
#include "support/process.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/**
 * @brief A server of dirty logs under a service manager that the test plays, with or without a store for its socket.
 * @details What it says goes to one log over all its lives. Killed when destroyed.
 */
class supervised_server {
public:
    enum class socket { kept, not_kept };

    /// @param command Of the server, which is not started yet.
    supervised_server(std::vector<std::string> command, socket handling);
    supervised_server(const supervised_server&) = delete;
    supervised_server& operator=(const supervised_server&) = delete;
    ~supervised_server();

    /// Waits until it is ready. Throws std::runtime_error, quoting its log, if that does not come.
    void start();
    /// Does not wait.
    void launch();
    void await_ready();
    /// As `kill -9`; waits until it has gone.
    void kill();
    void restart() {
        kill();
        start();
    }
    void signal(int number) const;
    /// Its exit status as in `program_result`, or nothing if it lives on.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);
    [[nodiscard]] std::optional<int> stop();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] bool keeps_socket() const noexcept { return kept_ >= 0; }
    [[nodiscard]] std::string log() const { return log_.text(); }
    [[nodiscard]] int times_said(std::string_view text) const { return log_.times_said(text); }
    [[nodiscard]] bool comes_to_say(std::string_view text, milliseconds bound = seconds{20}) const {
        return log_.comes_to_say(text, bound);
    }
    /// Passed to the server from now on, in place of what it gives to be kept. A copy is taken.
    void pass(int descriptor);
    /// For the next start: run by this command, such as `setpriv ...`.
    void run_by(std::vector<std::string> command) { by_ = std::move(command); }

private:
    void listen();
    [[nodiscard]] bool lives() const;
    /// Takes what the server has sent: READY=1, and descriptors to keep.
    void receive();

    std::vector<std::string> command_;
    std::vector<std::string> by_;
    socket handling_;
    std::string name_;
    int notify_ = -1;
    captured_log log_;
    int kept_ = -1;
    bool is_ready_ = false;
    pid_t pid_ = -1;
};

}  // namespace filemap::test
