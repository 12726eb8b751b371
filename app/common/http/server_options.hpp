#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace app::control {

/// Limits for clients.
struct server_options {
    /// Limit of clients. A new client replaces the client that has been idle for longest. If every client has a request
    /// in progress, the new one gets status 503.
    std::size_t max_clients = 32;
    /// Limit of clients that listen to events, in addition to the other clients.
    std::size_t max_listeners = 32;
    /// Length limit of request line and header fields, in bytes. A percent-encoded path of 4095 bytes fits.
    std::size_t max_header_length = 16 * 1024;
    std::size_t max_body_length = 64 * 1024;
    /// Timeout for receiving a request or sending a chunk of an answer. A slower client is disconnected.
    std::chrono::milliseconds patience{std::chrono::seconds{30}};
    /// Timeout for a whole chunked answer, except an endless one.
    std::chrono::milliseconds answer_patience{std::chrono::minutes{2}};
    /// Time limit for actions of the service. If an action takes longer, the answer has status 202.
    std::chrono::milliseconds action_patience{std::chrono::seconds{60}};
    /// Limit of event text waiting for one client, in bytes. A client that exceeds it is disconnected.
    std::size_t max_event_text = 4 * 1024 * 1024;
    /// Group whose members may connect, in addition to root and the program's own user.
    std::optional<gid_t> group;
    /// Host names that a server without peer credentials accepts, besides IP addresses and `localhost`.
    std::vector<std::string> hosts{};
};

}  // namespace app::control
