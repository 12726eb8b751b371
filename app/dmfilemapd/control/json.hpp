#pragma once

#include "problem.hpp"
#include "target.hpp"

#include <string>

/// What is sent: JSON without a line end. What there is not (a device, a group, a time, a reason) is left out. A path
/// or name that is no UTF-8 is followed by its bytes, percent-encoded, under "KEY_encoded".
namespace dmfilemapd::control {

[[nodiscard]] std::string json_of(const file_summary& file);
[[nodiscard]] std::string json_of(const file_details& file);
[[nodiscard]] std::string json_of(const service_status& status);
[[nodiscard]] std::string json_of(const event& happened, time_point at);
[[nodiscard]] std::string json_of(const problem& wrong);

/// What an event stream begins with: @p number is that of the last event before.
[[nodiscard]] std::string json_of_listening(std::uint64_t number);

/// "2026-11-22T05:47:46.123Z"
[[nodiscard]] std::string text_of(time_point time);

}  // namespace dmfilemapd::control
