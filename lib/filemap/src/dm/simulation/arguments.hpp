#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parses message texts as the kernel does: `dm_split_args`, and `sscanf` of lib/vsprintf.c, which skips white space
/// before a number and wraps around at overflow.
namespace filemap::dm::detail {

/// Splits at the kernel's white space; a backslash escapes the next byte.
[[nodiscard]] std::vector<std::string> split_arguments(std::string_view text);

/// Compares as the kernel's `strcasecmp`.
[[nodiscard]] bool equal_in_any_case(std::string_view a, std::string_view b) noexcept;

/// Parses @p text. The whole text must be a number.
[[nodiscard]] std::optional<std::uint64_t> scan_number(std::string_view text);

/// Parses @p text. The whole text must be a number. Keeps the lower 32 bits, as the kernel does.
[[nodiscard]] std::optional<std::uint32_t> scan_count(std::string_view text);

/// Parses @p text. The whole text must be a region's number.
[[nodiscard]] std::optional<std::int32_t> scan_id(std::string_view text);

struct scanned_range {
    std::uint64_t start = 0;
    std::uint64_t length = 0;
};

/// Parses "START+LENGTH".
[[nodiscard]] std::optional<scanned_range> scan_range(std::string_view text);

/// Parses "N1,N2,...", strictly increasing.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> scan_bounds(std::string_view text);

}  // namespace filemap::dm::detail
