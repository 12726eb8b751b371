#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace filemap::test {

/// Totals of a service's files over many readings. No counter may decrease, over growth, truncation, replacement of a
/// file, or a kill.
class reported_totals {
public:
    /// Compares a page in OpenMetrics with the reading before. Ignores an incomplete or empty page, and a page that was
    /// compared before.
    void compare(const std::string& page);

    [[nodiscard]] std::size_t readings() const noexcept { return readings_; }
    /// Number of counters that have decreased at least once.
    [[nodiscard]] std::size_t went_down() const noexcept { return went_down_; }
    [[nodiscard]] const std::string& details() const noexcept { return details_; }

private:
    void compare_sample(const std::string& line);

    std::string last_page_;
    // Key: name and labels.
    std::map<std::string, double> last_;
    std::size_t readings_ = 0;
    std::size_t went_down_ = 0;
    std::string details_;
};

}  // namespace filemap::test
