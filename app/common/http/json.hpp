#pragma once

#include "common/http/problem.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Writes JSON without a line end. Missing values are left out. If a path or name is not UTF-8, its percent-encoded
/// bytes follow under "KEY_encoded".
namespace app::control {

using time_point = std::chrono::system_clock::time_point;

/// Formats a time as "2026-11-22T05:47:46.123Z".
[[nodiscard]] std::string text_of(time_point time);

/// Adds a name, which may be invalid UTF-8.
void put_bytes(boost::json::object& into, std::string_view key, std::string_view bytes);
/// Adds a text for people, in one line.
void put_text(boost::json::object& into, std::string_view key, std::string_view text);
void put_time(boost::json::object& into, std::string_view key, const std::optional<time_point>& time);

[[nodiscard]] std::string json_of(const problem& wrong);

/// First line of an event stream. @p number is the number of the latest event.
[[nodiscard]] std::string json_of_listening(std::uint64_t number);

}  // namespace app::control
