#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Text formats of metrics. Pure: no input or output here.
namespace dmfilemapd::metrics {

enum class format {
    /// The text format of Prometheus, version 0.0.4.
    classic,
    /// OpenMetrics 1.0.
    open_metrics,
};

[[nodiscard]] std::string_view content_type(format in) noexcept;

/// Returns the client's preferred format from its field "Accept"; the classic format by default.
[[nodiscard]] format preferred_format(std::string_view accept);

/// Returns a label's value without quotes. Text that is not printable UTF-8 is escaped like in messages
/// (`displayed`), so that different paths have different labels.
[[nodiscard]] std::string label_value(std::string_view bytes);

/// "1.5": so many units, of which there are @p per_second, a power of ten, in a second. Exact.
void append_seconds(std::string& to, std::uint64_t count, std::uint64_t per_second);

}  // namespace dmfilemapd::metrics
