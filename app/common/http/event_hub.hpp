#pragma once

#include "common/http/connection.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace app::control {

/// Sends each event as one line to all listeners.
class event_hub {
public:
    class listener;

    /// @param line Line with its line end.
    void publish(std::string line);
    /// Returns the number of listeners. Without listeners, callers need not format a line.
    [[nodiscard]] std::size_t size() const noexcept { return listeners_.size(); }

private:
    std::vector<listener*> listeners_;
};

/// Queue of events for one client. Hub and client must outlive the queue.
class event_hub::listener {
public:
    /// @param most Limit of pending text in bytes. A client that exceeds the limit is slow, and its connection is
    /// closed.
    listener(event_hub& hub, std::size_t most, connection& client);
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener();

    [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
    /// Removes and returns whole lines, about @p most bytes.
    [[nodiscard]] std::string take(std::size_t most);

private:
    friend event_hub;
    void give(const std::shared_ptr<const std::string>& line);

    event_hub& hub_;
    std::size_t most_;
    connection& client_;
    std::deque<std::shared_ptr<const std::string>> waiting_;
    std::size_t bytes_ = 0;
};

}  // namespace app::control
