#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace app::control {

/// What a client may cost.
struct server_options {
    /// One more takes the place of the one that has sent no whole request for longest; if all are being answered it is
    /// told so by status 503.
    std::size_t max_clients = 32;
    /// Clients that listen to events, beside the others.
    std::size_t max_listeners = 32;
    /// Of the request line and the fields of a request, in bytes. Holds a path of 4095 bytes, each percent-encoded.
    std::size_t max_header_length = 16 * 1024;
    std::size_t max_body_length = 64 * 1024;
    /// How long a client may take to send a request, or to take a piece of an answer. Then it is dropped.
    std::chrono::milliseconds patience{std::chrono::seconds{30}};
    /// How long a client may take for an answer in pieces, if it is not without end.
    std::chrono::milliseconds answer_patience{std::chrono::minutes{2}};
    /// How long an answer waits for what the service does. Then it says that this goes on, by status 202.
    std::chrono::milliseconds action_patience{std::chrono::seconds{60}};
    /// Text of events, in bytes, that waits for a client. One that has more to come is dropped.
    std::size_t max_event_text = 4 * 1024 * 1024;
    /// Members of this group are served, beside root and the user that the program runs as.
    std::optional<gid_t> group;
    /// By which those who cannot be asked who they are may call the server, beside its numbers and `localhost`.
    std::vector<std::string> hosts{};
};

}  // namespace app::control
