#include "common/config/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace app::config {
namespace {

// Returns the number of characters to insert, delete or replace.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char c : from) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 0; i < to.size(); ++i) {
            const std::size_t replaced = diagonal + (c != to[i]);
            diagonal = row[i + 1];
            row[i + 1] = std::min({replaced, row[i] + 1, row[i + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view given, std::span<const std::string_view> known) {
    constexpr std::size_t longest = 64;
    if (given.size() > longest) return {};
    std::optional<std::string_view> best;
    // Allows errors in a third of the characters.
    std::size_t least = std::max<std::size_t>(given.size() / 3, 1) + 1;
    for (const std::string_view name : known) {
        const std::size_t found = distance(given, name);
        if (found >= least) continue;
        least = found;
        best = name;
    }
    return best;
}

}  // namespace app::config
