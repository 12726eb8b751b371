#include "ranges/range_set.hpp"

#include <filemap/fs/extent_map.hpp>

#include <algorithm>

namespace filemap::range_sets {
namespace {

// Returns the first range that ends after the position.
auto first_after(std::span<const sector_range> set, sectors position) {
    return std::ranges::upper_bound(set, position, {}, &sector_range::end);
}

sector_range between(sectors start, sectors end) {
    return {start, end - start};
}

}  // namespace

sectors total(std::span<const sector_range> set) {
    sectors sum;
    for (const sector_range& range : set) sum += range.length;
    return sum;
}

std::vector<sector_range> part_in(std::span<const sector_range> set, sector_range range) {
    std::vector<sector_range> part;
    for (auto each = first_after(set, range.start); each != set.end() && each->start < range.end(); ++each)
        part.push_back(between(std::max(each->start, range.start), std::min(each->end(), range.end())));
    return part;
}

std::vector<sector_range> intersection(std::span<const sector_range> a, std::span<const sector_range> b) {
    std::vector<sector_range> common;
    for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
        const sectors start = std::max(left->start, right->start);
        const sectors end = std::min(left->end(), right->end());
        if (start < end) common.push_back(between(start, end));
        left->end() < right->end() ? ++left : ++right;
    }
    return common;
}

std::vector<sector_range> difference(std::span<const sector_range> from, std::span<const sector_range> taken) {
    std::vector<sector_range> rest;
    auto hole = taken.begin();
    for (const sector_range& range : from) {
        sectors at = range.start;
        while (hole != taken.end() && hole->end() <= at) ++hole;
        for (auto each = hole; each != taken.end() && each->start < range.end(); ++each) {
            if (each->start > at) rest.push_back(between(at, each->start));
            at = each->end();
        }
        if (at < range.end()) rest.push_back(between(at, range.end()));
    }
    return rest;
}

void unite(std::vector<sector_range>& set, std::span<const sector_range> more) {
    if (more.empty()) return;
    set.insert(set.end(), more.begin(), more.end());
    set = fs::join_ranges(std::move(set));
}

}  // namespace filemap::range_sets
