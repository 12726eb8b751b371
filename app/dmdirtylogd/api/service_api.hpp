#pragma once

#include "server/server.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dmdirtylogd::control {

using time_point = std::chrono::system_clock::time_point;

struct service_status {
    time_point started_at;
    /// The process took over the socket, and the logs' state, from an earlier one.
    bool socket_was_kept = false;
    /// The service manager keeps the socket for the next process.
    bool socket_is_kept = false;
    dirtylog::server_counts counts;
};

/**
 * @brief The service as seen by the control API.
 * @details All calls come from the event loop's thread and return at once.
 */
class service_api {
public:
    using tracked = dirtylog::protocol::tracked;

    virtual ~service_api() = default;

    [[nodiscard]] virtual service_status status() const = 0;
    /// Unordered.
    [[nodiscard]] virtual std::vector<dirtylog::log_status> logs() const = 0;

    /// @name Same as in `dirtylog::protocol`.
    /// @{
    [[nodiscard]] virtual std::vector<std::string> checkpoints(std::string_view uuid) const = 0;
    virtual void begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) = 0;
    virtual void forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) = 0;
    virtual void changes_since(std::string_view uuid, std::string_view name, tracked done) = 0;
    /// @}
};

}  // namespace dmdirtylogd::control
