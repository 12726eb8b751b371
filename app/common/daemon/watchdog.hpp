#pragma once

#include "common/daemon/notify_socket.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace app::daemon {

/// Sends watchdog messages to the service manager while the event loop runs, if the manager has a watchdog.
class watchdog {
public:
    /// @param manager Must outlive the watchdog.
    watchdog(const boost::asio::any_io_executor& events, notify_socket& manager) : manager_(manager), timer_(events) {}

    void start() {
        if (const auto period = watchdog_period(); period && manager_.is_open()) feed(*period / 2);
    }

private:
    void feed(std::chrono::microseconds pace) {
        manager_.alive();
        timer_.expires_after(pace);
        timer_.async_wait([this, pace](boost::system::error_code error) {
            if (!error) feed(pace);
        });
    }

    notify_socket& manager_;
    boost::asio::steady_timer timer_;
};

}  // namespace app::daemon
