#pragma once

#include "common/http/request_context.hpp"

#include <boost/asio/awaitable.hpp>

namespace app::control {

/// Sends each event as a line of JSON until the client disconnects. The context must outlive the coroutine.
[[nodiscard]] boost::asio::awaitable<void> answer_events(request_context& with);

}  // namespace app::control
