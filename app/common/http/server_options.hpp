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
    /// Limit of clients. A new client replaces the one idle for longest. If all clients have requests in progress,
    /// the new one gets status 503.
    std::size_t max_clients = 32;
    /// Clients that listen to events, beside the others.
    std::size_t max_listeners = 32;
    /// Length limit of request line and header fields, in bytes. Fits a path of 4095 bytes, each percent-encoded.
    std::size_t max_header_length = 16 * 1024;
    std::size_t max_body_length = 64 * 1024;
    /// How long a client may take to send a request, or to take a piece of an answer. Then it is dropped.
    std::chrono::milliseconds patience{std::chrono::seconds{30}};
    /// How long a client may take for an answer in pieces, if it is not without end.
    std::chrono::milliseconds answer_patience{std::chrono::minutes{2}};
    /// Time limit for actions of the service. When it passes, the answer is status 202.
    std::chrono::milliseconds action_patience{std::chrono::seconds{60}};
    /// Limit of event text waiting for one client, in bytes. A client that exceeds it is disconnected.
    std::size_t max_event_text = 4 * 1024 * 1024;
    /// Members of this group are served, beside root and the user that the program runs as.
    std::optional<gid_t> group;
    /// By which those who cannot be asked who they are may call the server, beside its numbers and `localhost`.
    std::vector<std::string> hosts{};
};

}  // namespace app::control
