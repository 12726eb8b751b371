#pragma once

#include "support/captured_log.hpp"
#include "support/process.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/**
 * @brief A server of dirty logs under a simulated service manager, with or without a store for its socket.
 * @details All runs of the server write to one log. The destructor kills the server.
 */
class supervised_server {
public:
    enum class socket { kept, not_kept };

    /// @param command Command line of the server, which is not started yet.
    supervised_server(std::vector<std::string> command, socket handling);
    supervised_server(const supervised_server&) = delete;
    supervised_server& operator=(const supervised_server&) = delete;
    ~supervised_server();

    /// Starts the server and waits until it is ready. Throws std::runtime_error with its log on timeout.
    void start();
    /// Starts the server without waiting.
    void launch();
    void await_ready();
    /// Sends SIGKILL and waits for the end.
    void kill();
    void restart() {
        kill();
        start();
    }
    void signal(int number) const;
    /// Exit status as in `program_result`, or nothing on timeout.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);
    [[nodiscard]] std::optional<int> stop();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] bool keeps_socket() const noexcept { return kept_ >= 0; }
    [[nodiscard]] std::string log() const { return log_.text(); }
    [[nodiscard]] int times_logged(std::string_view text) const { return log_.times_logged(text); }
    [[nodiscard]] bool logs_within(std::string_view text, milliseconds bound = seconds{20}) const {
        return log_.logs_within(text, bound);
    }
    /// Passes a copy of @p descriptor to all later runs, in place of the stored descriptor.
    void pass(int descriptor);
    /// Prefixes the command of later starts, such as `setpriv ...`.
    void run_by(std::vector<std::string> command) { by_ = std::move(command); }

private:
    void listen();
    [[nodiscard]] bool lives() const;
    /// Receives READY=1 and descriptors to store.
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
