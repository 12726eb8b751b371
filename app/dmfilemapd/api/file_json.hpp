#pragma once

#include "dmfilemapd/api/service_api.hpp"

#include <string>
#include <vector>

/// What is sent: JSON without a line end. What there is not (a device, a group, a time, a reason) is left out. A path
/// or name that is no UTF-8 is followed by its bytes, percent-encoded, under "KEY_encoded".
namespace dmfilemapd::control {

[[nodiscard]] std::string json_of(const file_details& file);
[[nodiscard]] std::string json_of(const service_status& status);
[[nodiscard]] std::string json_of(const event& happened, time_point at);

/// As members of an array, with what separates them from those before.
[[nodiscard]] std::string members_of(const std::vector<file_summary>& files, bool is_first);

/// To all who listen, as a line that is made once.
void publish(event_hub& to, const event& happened);

}  // namespace dmfilemapd::control
