#pragma once

#include "dmfilemapd/metrics/metric_format.hpp"
#include "dmfilemapd/metrics/snapshot.hpp"

#include <span>
#include <string>
#include <string_view>

/// Metric families and their names.
namespace dmfilemapd::metrics {

enum class kind { counter, gauge, histogram, info, summary };

struct family {
    /// Name in OpenMetrics. The names of samples add suffixes such as "_total".
    std::string_view name;
    kind is = kind::gauge;
    /// Unit at the end of the name, if any.
    std::string_view unit;
    std::string_view help;
};

/// A family with samples for each file.
struct file_family : family {
    bool (*has)(const file_sample& file) = nullptr;
    void (*put)(std::string& to, std::string_view name, std::string_view labels, const file_sample& file) = nullptr;
};

[[nodiscard]] std::span<const file_family> file_families() noexcept;

/// Appends the HELP and TYPE lines of a family.
void append_head(std::string& to, const family& of, format in);

/// Families of the service as a whole, without samples for files.
void append_service(std::string& to, const snapshot& of, format in);

}  // namespace dmfilemapd::metrics
