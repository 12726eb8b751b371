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

// What was not written before, on the device; ascending, for the device knows no order of the file.
ranges turned_written(const compact_ranges& before, std::span<const fs::written_piece> now) {
    ranges turned;
    compact_ranges::reader older(before);
    std::optional<sector_range> known = older.next();
    for (const fs::written_piece& piece : now) {
        const sectors end = of_file_end(piece);
        const auto add = [&](sectors from, sectors to) {
            if (!piece.shared) turned.push_back({piece.on_device.start + (from - piece.in_file), to - from});
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
    return fs::join_ranges(std::move(turned));
}

compact_ranges places_in_file(std::span<const fs::written_piece> pieces) {
    compact_ranges places;
    for (const fs::written_piece& piece : pieces) places.append({piece.in_file, piece.on_device.length});
    places.shrink_to_fit();
    return places;
}

ranges places_on_device(std::span<const fs::written_piece> pieces) {
    ranges places;
    for (const fs::written_piece& piece : pieces) places.push_back(piece.on_device);
    return fs::join_ranges(std::move(places));
}

ranges ranges_of(std::span<const member> regions) {
    ranges all;
    for (const member& region : regions) all.push_back(region.range);
    return fs::join_ranges(std::move(all));
}

}  // namespace

std::vector<member> growth_estimator::refresh(std::span<const fs::written_piece> written,
                                              std::span<const member> regions, bool first) {
    const ranges turned = first ? ranges() : turned_written(written_, written);
    written_ = places_in_file(written);
    first_ = first;
    range_sets::unite(turned_, turned);
    if (young_.empty()) return {};

    const ranges on_device = places_on_device(written);
    std::vector<member> settling;
    ranges still_young;
    for (const member& region : regions) {
        const ranges young = range_sets::part_in(young_, region.range);
        // Of a region that was there when nothing of it had turned written, all is counted.
        if (range_sets::intersection(turned_, young).empty()) continue;
        still_young.insert(still_young.end(), young.begin(), young.end());
        const bool goes_on = !range_sets::part_in(turned, region.range).empty();
        const bool whole = range_sets::total(range_sets::part_in(on_device, region.range)) == region.range.length;
        if ((whole || !goes_on) && settling.size() < settled_together) settling.push_back(region);
    }
    young_ = fs::join_ranges(std::move(still_young));
    return settling;
}

void growth_estimator::plan(const filemap::plan& planned) {
    // What is listed as written at the first map may have been written at any time before.
    if (!first_) range_sets::unite(young_, range_sets::difference(planned.create, ranges_of(planned.remove)));
    first_ = false;
    turned_ = range_sets::intersection(turned_, young_);
}

sectors growth_estimator::settle(sector_range region, sectors counted) {
    if (young_.empty()) return {};
    const ranges young = range_sets::part_in(young_, region);
    const sectors written = range_sets::total(range_sets::intersection(turned_, young));
    young_ = range_sets::difference(young_, std::span(&region, 1));
    turned_ = range_sets::difference(turned_, std::span(&region, 1));
    return written > counted ? written - counted : sectors();
}

}  // namespace filemap
