#pragma once

#include "dmdirtylogd/api/service_api.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is sent: JSON without a line end. What there is not is left out.
namespace dmdirtylogd::control {

[[nodiscard]] std::string json_of(const service_status& status, std::size_t logs);
[[nodiscard]] std::string json_of(const dirtylog::log_status& log);
[[nodiscard]] std::string json_of(const dirtylog::log_status& log, const std::vector<std::string>& checkpoints);

/// Changes up to where their ranges stand.
[[nodiscard]] std::string json_before_ranges(const dirtylog::changes& found, std::string_view uuid,
                                             std::string_view since);
/// Ranges as members of an array, each on a line.
[[nodiscard]] std::string json_of(std::span<const dirtylog::sector_range> ranges, bool is_first);

}  // namespace dmdirtylogd::control
