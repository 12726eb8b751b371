#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace app::daemon {

/**
 * @brief Reports the state of the service to the service manager by datagrams to the socket named by $NOTIFY_SOCKET.
 * @details Without that variable nothing is sent. Sending never blocks; a message that the manager does not accept is
 * lost. Only `ready` is retried for a while.
 * @par Source sd_notify(3).
 */
class notify_socket {
public:
    /// Connects to the socket named by the environment.
    notify_socket();
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;
    ~notify_socket();

    /// Returns true if a service manager listens.
    [[nodiscard]] bool is_open() const noexcept { return socket_ >= 0; }

    void ready(const std::string& status);
    void reloading();
    void stopping();
    void status(const std::string& text);
    void alive();

    /// Asks the manager to keep a descriptor until the next start of the service (@ref take_stored_descriptors).
    /// @return True if the descriptor was sent. The manager may still reject the descriptor.
    bool store(int descriptor, std::string_view name);

private:
    bool send(std::string_view message) const;

    int socket_ = -1;
};

/// Returns the manager's watchdog timeout from $WATCHDOG_USEC and $WATCHDOG_PID, or nothing if there is none.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period();

/// Returns true if stderr is connected to the journal ($JOURNAL_STREAM).
[[nodiscard]] bool stderr_is_journal();

}  // namespace app::daemon
