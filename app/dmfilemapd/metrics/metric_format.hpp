#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Text formats of metrics. No input or output here.
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

/// Returns a label's value without quotes. Unprintable bytes are escaped like in messages (`displayed`), so that
/// different paths have different labels.
[[nodiscard]] std::string label_value(std::string_view bytes);

/// Appends @p count units as seconds, such as "1.5", without rounding. @p per_second is a power of ten.
void append_seconds(std::string& to, std::uint64_t count, std::uint64_t per_second);

}  // namespace dmfilemapd::metrics
