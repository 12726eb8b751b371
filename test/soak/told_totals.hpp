#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace filemap::test {

/// What a service tells of its files' I/O, reading after reading: no counter is ever to go down, over growth,
/// truncation, another file of the same name, or a kill.
class reported_totals {
public:
    /// Compares a page in OpenMetrics with what was told before. A page that is cut or empty is no reading, nor is one
    /// that was told already.
    void compare(const std::string& page);

    [[nodiscard]] std::size_t readings() const noexcept { return readings_; }
    /// Counters of which a reading told less than the one before, however often.
    [[nodiscard]] std::size_t went_down() const noexcept { return went_down_; }
    [[nodiscard]] const std::string& details() const noexcept { return details_; }

private:
    void compare_sample(const std::string& line);

    std::string last_page_;
    // By name and labels.
    std::map<std::string, double> last_;
    std::size_t readings_ = 0;
    std::size_t went_down_ = 0;
    std::string details_;
};

}  // namespace filemap::test
