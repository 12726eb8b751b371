#pragma once

#include <string>
#include <string_view>

/// What the daemon sends, for people and for programs. Each throws std::exception if it is not what is expected.
namespace dmdirtylogctl {

[[nodiscard]] std::string table_of_logs(std::string_view json);
/// Each member of an object on a line of its own.
[[nodiscard]] std::string text_of_object(std::string_view json);
[[nodiscard]] std::string table_of_changes(std::string_view json);
/// A line "START LENGTH" for each range, in sectors.
[[nodiscard]] std::string ranges_of_changes(std::string_view json);
/// Why the ranges are the whole device; empty if they are not.
[[nodiscard]] std::string reason_of_changes(std::string_view json);

}  // namespace dmdirtylogctl
