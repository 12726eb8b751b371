#pragma once

#include "common/http/request_context.hpp"
#include "dmdirtylogd/api/service_api.hpp"

#include <boost/asio/awaitable.hpp>

/// Handlers of the routes. The request context and the service must outlive each handler.
namespace dmdirtylogd::control {

[[nodiscard]] boost::asio::awaitable<void> handle_status(app::control::request_context& with, service_api& service);
[[nodiscard]] boost::asio::awaitable<void> handle_logs(app::control::request_context& with, service_api& service);
[[nodiscard]] boost::asio::awaitable<void> handle_log(app::control::request_context& with, service_api& service);
[[nodiscard]] boost::asio::awaitable<void> handle_checkpoint(app::control::request_context& with, service_api& service);
[[nodiscard]] boost::asio::awaitable<void> handle_forgetting(app::control::request_context& with, service_api& service);
[[nodiscard]] boost::asio::awaitable<void> handle_changes(app::control::request_context& with, service_api& service);

}  // namespace dmdirtylogd::control
