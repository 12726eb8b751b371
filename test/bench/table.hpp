#pragma once

#include <string>
#include <vector>

namespace filemap::bench {

/// A measurement, printed at once.
struct row {
    std::string what;
    std::string figure;
    /// Cost of the bare system calls, measured in the same run; empty if there are none.
    std::string floor;
    std::string ratio;
};

void print_head();
void print_row(const row& r);

[[nodiscard]] std::string milliseconds_text(double seconds);
[[nodiscard]] std::string ratio_text(double figure, double floor);
/// @pre Not empty. @param part From 0 (least) to 1 (greatest).
[[nodiscard]] double quantile(std::vector<double> values, double part);

}  // namespace filemap::bench
