#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace app::daemon {

/**
 * @brief Tells a service manager how the service is, by datagrams to the socket that $NOTIFY_SOCKET names.
 * @details Without that variable nothing is sent. Sending never waits: what the manager does not take is lost, but for
 * `ready`, which is tried for a while.
 * @par Source sd_notify(3).
 */
class notify_socket {
public:
    /// From the environment.
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

    /// Asks the manager to keep a descriptor until the service starts again (@ref take_stored_descriptors).
    /// @return True if the descriptor was sent. The manager may still refuse it.
    bool store(int descriptor, std::string_view name);

private:
    bool send(std::string_view message) const;

    int socket_ = -1;
};

/// Within which time the manager wants to hear of us, by $WATCHDOG_USEC and $WATCHDOG_PID.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period();

/// Returns true if stderr is connected to the journal ($JOURNAL_STREAM).
[[nodiscard]] bool stderr_is_journal();

}  // namespace app::daemon
