#pragma once

#include "dmfilemapd/api/service_api.hpp"

#include <string>
#include <vector>

/// Writes JSON without a line end. Missing values (device, group, time, reason) are left out. If a path or name is not
/// UTF-8, its percent-encoded bytes follow under "KEY_encoded".
namespace dmfilemapd::control {

[[nodiscard]] std::string json_of(const file_details& file);
[[nodiscard]] std::string json_of(const service_status& status);
[[nodiscard]] std::string json_of(const event& happened, time_point at);

/// Writes files as members of an array, with the separator from the previous members.
[[nodiscard]] std::string members_of(const std::vector<file_summary>& files, bool is_first);

/// Sends the event to all listeners. The line is formatted once.
void publish(event_hub& to, const event& happened);

}  // namespace dmfilemapd::control
