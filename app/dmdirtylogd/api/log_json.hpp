#pragma once

#include "dmdirtylogd/api/service_api.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// JSON of the answers, without a line end. Absent values are omitted.
namespace dmdirtylogd::control {

[[nodiscard]] std::string json_of(const service_status& status, std::size_t logs);
[[nodiscard]] std::string json_of(const dirtylog::log_status& log);
[[nodiscard]] std::string json_of(const dirtylog::log_status& log, const std::vector<std::string>& checkpoints);

/// Returns the start of the JSON of changes, up to the ranges.
[[nodiscard]] std::string json_before_ranges(const dirtylog::changes& found, std::string_view uuid,
                                             std::string_view since);
/// Returns ranges as array elements, one per line.
[[nodiscard]] std::string json_of(std::span<const dirtylog::sector_range> ranges, bool is_first);

}  // namespace dmdirtylogd::control
