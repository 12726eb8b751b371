#pragma once

#include "common/http/request_context.hpp"
#include "dmfilemapd/api/service_api.hpp"

#include <boost/asio/awaitable.hpp>

/// Handlers of the routes. The request context and the service must outlive each handler.
namespace dmfilemapd::control {

[[nodiscard]] boost::asio::awaitable<void> answer_status(app::control::request_context& with, target& service);
/// Sends one file if the request names one, otherwise all files.
[[nodiscard]] boost::asio::awaitable<void> answer_files(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_addition(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_removal(app::control::request_context& with, target& service);
/// Syncs one file if the request names one, otherwise all files.
[[nodiscard]] boost::asio::awaitable<void> answer_resync(app::control::request_context& with, target& service);
/// Sends a file's extents beside the regions of its group.
[[nodiscard]] boost::asio::awaitable<void> answer_map(app::control::request_context& with, target& service);
/// Sends the map with the counters of its regions.
[[nodiscard]] boost::asio::awaitable<void> answer_heat(app::control::request_context& with, target& service);
/// Sends the lines of a hot-spot scan of a device. The scan stops when the client disconnects.
[[nodiscard]] boost::asio::awaitable<void> answer_hot(app::control::request_context& with, target& service);
[[nodiscard]] boost::asio::awaitable<void> answer_reload(app::control::request_context& with, target& service);
/// Sends the metrics of all files in the format that the client prefers.
[[nodiscard]] boost::asio::awaitable<void> answer_metrics(app::control::request_context& with, target& service);
/// Sends the same counters as JSON.
[[nodiscard]] boost::asio::awaitable<void> answer_counters(app::control::request_context& with, target& service);
/// Sends the web page and its parts.
[[nodiscard]] boost::asio::awaitable<void> answer_page(app::control::request_context& with);
[[nodiscard]] boost::asio::awaitable<void> answer_style(app::control::request_context& with);
[[nodiscard]] boost::asio::awaitable<void> answer_script(app::control::request_context& with);
[[nodiscard]] boost::asio::awaitable<void> answer_icon(app::control::request_context& with);

}  // namespace dmfilemapd::control
