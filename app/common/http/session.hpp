#pragma once

#include "common/http/connection.hpp"
#include "common/http/problem.hpp"
#include "common/http/request_context.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace app::control {

/**
 * @brief Answers the requests of one client until there are no more, or it takes too long.
 * @details Both references must live until it is done.
 * @param verdict If set, what every request is answered with: the first, that is, for it is the last.
 */
[[nodiscard]] boost::asio::awaitable<void> serve(const server_context& around, connection& client,
                                                 std::optional<problem> verdict);

}  // namespace app::control
