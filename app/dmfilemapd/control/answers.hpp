#pragma once

#include "exchange.hpp"

#include <boost/asio/awaitable.hpp>

/// What the routes lead to. The exchange must live until each is done.
namespace dmfilemapd::control {

[[nodiscard]] boost::asio::awaitable<void> answer_status(exchange& with);
/// One file if one is meant, else all.
[[nodiscard]] boost::asio::awaitable<void> answer_files(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_addition(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_removal(exchange& with);
/// Of one file if one is meant, else of all.
[[nodiscard]] boost::asio::awaitable<void> answer_resync(exchange& with);
/// A file's extents beside the regions of its group.
[[nodiscard]] boost::asio::awaitable<void> answer_map(exchange& with);
/// As well, with what they have counted.
[[nodiscard]] boost::asio::awaitable<void> answer_heat(exchange& with);
/// What a hunt for a device's hot spots tells; it is given up when the client goes.
[[nodiscard]] boost::asio::awaitable<void> answer_hot(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_reload(exchange& with);
/// The figures of all files, in the format that the client would rather have.
[[nodiscard]] boost::asio::awaitable<void> answer_metrics(exchange& with);
/// The same counters as JSON.
[[nodiscard]] boost::asio::awaitable<void> answer_counters(exchange& with);
/// A page for people, and its parts.
[[nodiscard]] boost::asio::awaitable<void> answer_page(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_style(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_script(exchange& with);
[[nodiscard]] boost::asio::awaitable<void> answer_icon(exchange& with);
/// Until the client goes.
[[nodiscard]] boost::asio::awaitable<void> answer_events(exchange& with);

}  // namespace dmfilemapd::control
