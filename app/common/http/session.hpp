#pragma once

#include "common/http/connection.hpp"
#include "common/http/problem.hpp"
#include "common/http/request_context.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace app::control {

/**
 * @brief Answers the requests of one client until the client disconnects or exceeds a timeout.
 * @details Both references must outlive the coroutine.
 * @param verdict Error response to the first request, after which the connection ends; empty to serve requests.
 */
[[nodiscard]] boost::asio::awaitable<void> serve(const server_context& around, connection& client,
                                                 std::optional<problem> verdict);

}  // namespace app::control
