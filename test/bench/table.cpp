#include "bench/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace filemap::bench {

void print_head() {
    print_row({"what", "figure", "floor", "ratio"});
    print_row({"----", "------", "-----", "-----"});
}

void print_row(const row& r) {
    std::printf("%-58s %-40s %-10s %s\n", r.what.c_str(), r.figure.c_str(), r.floor.c_str(), r.ratio.c_str());
    std::fflush(stdout);
}

std::string milliseconds_text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
    return text;
}

std::string ratio_text(double figure, double floor) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", figure / floor);
    return text;
}

double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

}  // namespace filemap::bench
