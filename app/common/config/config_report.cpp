#include "common/config/config_report.hpp"

#include "common/text/display.hpp"

#include <algorithm>
#include <tuple>

namespace app::config {

std::string to_string(const source_place& place) {
    return displayed(place.file) + ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
}

std::vector<std::string> report::lines() {
    std::ranges::stable_sort(problems_, {}, [](const problem& p) { return std::tuple(p.where.line, p.where.column); });
    std::vector<std::string> all;
    for (const problem& p : problems_) all.push_back(to_string(p.where) + ": " + one_line(p.cause));
    return all;
}

}  // namespace app::config
