#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How the kernel reads the texts of messages: `dm_split_args`, and `sscanf` as lib/vsprintf.c has it, which skips
/// white space before a number and lets an absurd number wrap around.
namespace filemap::dm::detail {

/// Splits at the kernel's white space; a backslash takes the next byte as it is.
[[nodiscard]] std::vector<std::string> split_arguments(std::string_view text);

/// As the kernel's `strcasecmp`.
[[nodiscard]] bool equal_in_any_case(std::string_view a, std::string_view b) noexcept;

/// The whole of @p text is a number.
[[nodiscard]] std::optional<std::uint64_t> scan_number(std::string_view text);

/// The whole of @p text is a number, of which the kernel takes the lower 32 bits.
[[nodiscard]] std::optional<std::uint32_t> scan_count(std::string_view text);

/// The whole of @p text is a region's number.
[[nodiscard]] std::optional<std::int32_t> scan_id(std::string_view text);

struct scanned_range {
    std::uint64_t start = 0;
    std::uint64_t length = 0;
};

/// "START+LENGTH".
[[nodiscard]] std::optional<scanned_range> scan_range(std::string_view text);

/// "N1,N2,...", strictly increasing.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> scan_bounds(std::string_view text);

}  // namespace filemap::dm::detail
