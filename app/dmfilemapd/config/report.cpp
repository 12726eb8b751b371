#include "report.hpp"

#include <common/display.hpp>

#include <algorithm>
#include <tuple>

namespace dmfilemapd {

std::string to_string(const source_place& place) {
    return app::displayed(place.file) + ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
}

std::vector<std::string> report::lines() {
    std::ranges::stable_sort(problems_, {}, [](const problem& p) { return std::tuple(p.where.line, p.where.column); });
    std::vector<std::string> all;
    for (const problem& p : problems_) all.push_back(to_string(p.where) + ": " + app::one_line(p.cause));
    return all;
}

}  // namespace dmfilemapd
