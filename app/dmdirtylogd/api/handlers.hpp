#pragma once

#include "common/http/request_context.hpp"
#include "dmdirtylogd/api/service_api.hpp"

#include <boost/asio/awaitable.hpp>

/// Handlers of the routes. The request context and the service must outlive each handler.
namespace dmdirtylogd::control {

[[nodiscard]] boost::asio::awaitable<void> answer_status(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_logs(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_log(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_checkpoint(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_forgetting(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_changes(app::control::request_context& with, target& service);

}  // namespace dmdirtylogd::control
