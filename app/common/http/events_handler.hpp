#pragma once

#include "common/http/request_context.hpp"

#include <boost/asio/awaitable.hpp>

namespace app::control {

/// Handler of a route: sends each event as a line of JSON until the client disconnects. The context must live until
/// then.
[[nodiscard]] boost::asio::awaitable<void> answer_events(request_context& with);

}  // namespace app::control
