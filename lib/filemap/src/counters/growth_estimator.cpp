#include "counters/growth_estimator.hpp"

#include "ranges/range_set.hpp"

#include <algorithm>
#include <optional>

namespace filemap {
namespace {

using ranges = std::vector<sector_range>;

sectors of_file_end(const fs::written_piece& piece) {
    return piece.in_file + piece.on_device.length;
}

// Returns the device ranges of sectors that were not written before, ascending on the device.
ranges newly_written_in(const compact_ranges& before, std::span<const fs::written_piece> now) {
    ranges newly_written;
    compact_ranges::reader older(before);
    std::optional<sector_range> known = older.next();
    for (const fs::written_piece& piece : now) {
        const sectors end = of_file_end(piece);
        const auto add = [&](sectors from, sectors to) {
            if (!piece.shared) newly_written.push_back({piece.on_device.start + (from - piece.in_file), to - from});
        };
        for (sectors at = piece.in_file; at < end;) {
            while (known && known->end() <= at) known = older.next();
            if (!known || known->start >= end) {
                add(at, end);
                break;
            }
            if (known->start > at) add(at, known->start);
            at = std::min(end, known->end());
        }
    }
    return fs::join_ranges(std::move(newly_written));
}

compact_ranges logical_ranges(std::span<const fs::written_piece> pieces) {
    compact_ranges ranges_found;
    for (const fs::written_piece& piece : pieces) ranges_found.append({piece.in_file, piece.on_device.length});
    ranges_found.shrink_to_fit();
    return ranges_found;
}

ranges device_ranges(std::span<const fs::written_piece> pieces) {
    ranges ranges_found;
    for (const fs::written_piece& piece : pieces) ranges_found.push_back(piece.on_device);
    return fs::join_ranges(std::move(ranges_found));
}

ranges ranges_of(std::span<const group_region> regions) {
    ranges all;
    for (const group_region& region : regions) all.push_back(region.range);
    return fs::join_ranges(std::move(all));
}

}  // namespace

std::vector<group_region> growth_estimator::observe(std::span<const fs::written_piece> written,
                                                    std::span<const group_region> regions, bool first) {
    const ranges newly_written = first ? ranges() : newly_written_in(written_, written);
    written_ = logical_ranges(written);
    first_ = first;
    range_sets::unite(newly_written_, newly_written);
    if (uncovered_.empty()) return {};

    const ranges on_device = device_ranges(written);
    std::vector<group_region> resolving;
    ranges still_uncovered;
    for (const group_region& region : regions) {
        const ranges uncovered = range_sets::part_in(uncovered_, region.range);
        // A region with no newly written sectors existed before any write, so the kernel has counted everything.
        if (range_sets::intersection(newly_written_, uncovered).empty()) continue;
        still_uncovered.insert(still_uncovered.end(), uncovered.begin(), uncovered.end());
        const bool goes_on = !range_sets::part_in(newly_written, region.range).empty();
        const bool whole = range_sets::total(range_sets::part_in(on_device, region.range)) == region.range.length;
        if ((whole || !goes_on) && resolving.size() < max_resolved) resolving.push_back(region);
    }
    uncovered_ = fs::join_ranges(std::move(still_uncovered));
    return resolving;
}

void growth_estimator::plan(const filemap::plan& planned) {
    // Sectors listed as written at the first map may have been written at any earlier time.
    if (!first_) range_sets::unite(uncovered_, range_sets::difference(planned.create, ranges_of(planned.remove)));
    first_ = false;
    newly_written_ = range_sets::intersection(newly_written_, uncovered_);
}

sectors growth_estimator::resolve(sector_range region, sectors counted) {
    if (uncovered_.empty()) return {};
    const ranges uncovered = range_sets::part_in(uncovered_, region);
    const sectors written = range_sets::total(range_sets::intersection(newly_written_, uncovered));
    uncovered_ = range_sets::difference(uncovered_, std::span(&region, 1));
    newly_written_ = range_sets::difference(newly_written_, std::span(&region, 1));
    return written > counted ? written - counted : sectors();
}

}  // namespace filemap
