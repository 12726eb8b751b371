#pragma once

#include <string>
#include <string_view>

/// Converts the daemon's JSON into text. Each function throws std::exception on unexpected content.
namespace dmdirtylogctl {

[[nodiscard]] std::string table_of_logs(std::string_view json);
/// Returns each member of an object on its own line.
[[nodiscard]] std::string text_of_object(std::string_view json);
[[nodiscard]] std::string table_of_changes(std::string_view json);
/// Returns a line "START LENGTH" per range, in sectors.
[[nodiscard]] std::string ranges_of_changes(std::string_view json);
/// Returns the reason why the ranges are the whole device. Empty: they are not.
[[nodiscard]] std::string reason_of_changes(std::string_view json);

}  // namespace dmdirtylogctl
