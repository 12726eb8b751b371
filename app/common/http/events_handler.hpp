#pragma once

#include "common/http/request_context.hpp"

#include <boost/asio/awaitable.hpp>

namespace app::control {

/// For a route: each event as a line of JSON, until the client goes. The exchange must live until it is done.
[[nodiscard]] boost::asio::awaitable<void> answer_events(request_context& with);

}  // namespace app::control
