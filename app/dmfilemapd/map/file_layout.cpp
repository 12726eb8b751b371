#include "dmfilemapd/map/file_layout.hpp"

#include <algorithm>
#include <utility>

#include <linux/fiemap.h>

namespace filemap {
namespace {

using amount = bytes layout_cell::*;

constexpr std::uint64_t block = 4096;

// Returns @p part / @p of of @p whole. long double represents every 64-bit number exactly.
std::uint64_t share(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
    return static_cast<std::uint64_t>(static_cast<long double>(whole) * static_cast<long double>(part) /
                                      static_cast<long double>(of));
}

layout_bar bar_of(bytes begin, bytes end, std::size_t max_cells) {
    layout_bar bar{begin, end, {}, {}};
    const std::uint64_t length = (end - begin).count();
    if (length == 0) return bar;
    const std::uint64_t fair = (length - 1) / max_cells + 1;
    bar.cell = bytes{(fair - 1) / block * block + block};
    bar.cells.resize((length - 1) / bar.cell.count() + 1);
    return bar;
}

/// Calls @p take(cell, offset, length) for each cell that overlaps [from, from + length). The offset is relative to @p
/// from.
template <class Take>
void over_cells(layout_bar& bar, bytes from, bytes length, Take take) {
    const bytes end = std::min(from + length, bar.end);
    for (bytes at = std::max(from, bar.begin); at < end;) {
        const std::uint64_t index = (at - bar.begin).count() / bar.cell.count();
        const bytes next = std::min(end, bar.begin + bytes{(index + 1) * bar.cell.count()});
        take(bar.cells[index], at - from, next - at);
        at = next;
    }
}

void fill(layout_bar& bar, bytes from, bytes length, amount what) {
    over_cells(bar, from, length, [what](layout_cell& cell, bytes, bytes part) { cell.*what += part; });
}

// Distributes @p whole over the cells. Rounds running totals, so that the parts sum up to @p whole.
void spread(layout_bar& bar, bytes from, bytes length, bytes whole, amount what) {
    if (whole.count() == 0) return;
    over_cells(bar, from, length, [=](layout_cell& cell, bytes before, bytes part) {
        const std::uint64_t until = share(whole.count(), (before + part).count(), length.count());
        cell.*what += bytes{until - share(whole.count(), before.count(), length.count())};
    });
}

bytes begin_of(sector_range range) {
    return to_bytes(range.start);
}
bytes length_of(sector_range range) {
    return to_bytes(range.length);
}

/// Returns the ranges that hold sectors of @p in. The ranges are ascending and disjoint.
template <class Range, class Projection = std::identity>
std::span<const Range> overlapping(std::span<const Range> ranges, sector_range in, Projection range_of = {}) {
    const auto first = std::ranges::partition_point(
        ranges, [&](const Range& one) { return std::invoke(range_of, one).end() <= in.start; });
    const auto last = std::partition_point(
        first, ranges.end(), [&](const Range& one) { return std::invoke(range_of, one).start < in.end(); });
    return {first, last};
}

sector_range common(sector_range a, sector_range b) {
    const sectors start = std::max(a.start, b.start);
    return {start, std::min(a.end(), b.end()) - start};
}

class painter {
public:
    painter(std::span<const fs::extent> extents, std::vector<sector_range> regions,
            std::span<const counted_range> counted, bytes size, const layout_limits& limits)
        : extents_(extents), map_(fs::make_extent_map(extents)), regions_(std::move(regions)), limits_(limits) {
        std::ranges::sort(regions_);
        covered_ = fs::join_ranges(regions_);
        counted_.assign(counted.begin(), counted.end());
        std::ranges::sort(counted_, {}, &counted_range::range);
        picture_.size = std::max(size, map_.end);
        picture_.extents = extents.size();
        picture_.shared = to_bytes(map_.shared);
        picture_.regions = regions_.size();
        picture_.along_file = bar_of({}, picture_.size, limits.cells);
        picture_.along_device = bar_of(first_on_device(), end_on_device(), limits.cells);
    }

    file_layout paint() && {
        draw_counts();
        for (const sector_range& range : map_.ranges) draw_on_device(range);
        draw_bridges();
        in_a_stretch_ = (extents_.size() + limits_.runs - 1) / limits_.runs;
        for (const fs::extent& one : extents_) draw(one);
        return std::move(picture_);
    }

private:
    [[nodiscard]] bytes first_on_device() const {
        if (map_.ranges.empty() && covered_.empty()) return {};
        if (map_.ranges.empty()) return begin_of(covered_.front());
        if (covered_.empty()) return begin_of(map_.ranges.front());
        return std::min(begin_of(map_.ranges.front()), begin_of(covered_.front()));
    }

    [[nodiscard]] bytes end_on_device() const {
        bytes end;
        if (!map_.ranges.empty()) end = to_bytes(map_.ranges.back().end());
        if (!covered_.empty()) end = std::max(end, to_bytes(covered_.back().end()));
        return end;
    }

    void draw_counts() {
        for (const counted_range& one : counted_) {
            picture_.read += to_bytes(one.read);
            picture_.written += to_bytes(one.written);
            spread(picture_.along_device, begin_of(one.range), length_of(one.range), to_bytes(one.read),
                   &layout_cell::read);
            spread(picture_.along_device, begin_of(one.range), length_of(one.range), to_bytes(one.written),
                   &layout_cell::written);
        }
    }

    // Calls @p inside for the parts of the range that other ranges hold, and @p outside for the rest.
    template <class Inside, class Outside>
    void split(sector_range range, const std::vector<sector_range>& by, Inside inside, Outside outside) {
        sectors at = range.start;
        for (const sector_range& one : overlapping<sector_range>(by, range)) {
            const sector_range both = common(one, range);
            if (at < both.start) outside(sector_range{at, both.start - at});
            inside(both);
            at = both.end();
        }
        if (at < range.end()) outside(sector_range{at, range.end() - at});
    }

    void draw_on_device(sector_range range) {
        const auto as = [this](amount what) {
            return
                [this, what](sector_range part) { fill(picture_.along_device, begin_of(part), length_of(part), what); };
        };
        split(range, covered_, as(&layout_cell::mapped), as(&layout_cell::missing));
    }

    void draw_bridges() {
        for (const sector_range& one : covered_) {
            split(
                one, map_.ranges, [](sector_range) {},
                [this](sector_range part) {
                    ++picture_.gaps;
                    picture_.bridged += length_of(part);
                    fill(picture_.along_device, begin_of(part), length_of(part), &layout_cell::other);
                });
        }
    }

    void draw(const fs::extent& one) {
        layout_run& run = stretch_for(one);
        ++run.extents;
        run.end = one.logical + one.length;
        run.length += one.length;
        run.flags |= one.flags;
        picture_.allocated += one.length;
        picture_.largest = std::max(picture_.largest, one.length);
        if (one.length.count() == 0) return;
        if (one.flags & FIEMAP_EXTENT_UNWRITTEN) picture_.unwritten += one.length;
        if (const auto reason = fs::why_unaddressable(one)) {
            picture_.unmapped[*reason] += one.length;
            run.unmapped += one.length;
            fill(picture_.along_file, one.logical, one.length, &layout_cell::other);
        } else {
            draw_addressable(one, run);
        }
    }

    [[nodiscard]] layout_run& stretch_for(const fs::extent& one) {
        auto& all = picture_.runs;
        if (all.empty() || all.back().extents == in_a_stretch_) all.emplace_back().logical = one.logical;
        return all.back();
    }

    void draw_addressable(const fs::extent& one, layout_run& run) {
        const sector_range range{to_sectors(one.physical), to_sectors(one.length)};
        count_order(range);
        widen(run.on_device, range);
        run.regions += overlapping<sector_range>(regions_, range).size();
        over_cells(picture_.along_file, one.logical, one.length, [&](layout_cell& cell, bytes before, bytes) {
            if (!cell.place) cell.place = range.start + to_sectors(before);
        });
        const auto in_file = [&](sector_range part) { return one.logical + (begin_of(part) - one.physical); };
        split(
            range, covered_,
            [&](sector_range part) {
                picture_.mapped += length_of(part);
                fill(picture_.along_file, in_file(part), length_of(part), &layout_cell::mapped);
            },
            [&](sector_range part) {
                picture_.missing += length_of(part);
                run.missing += length_of(part);
                fill(picture_.along_file, in_file(part), length_of(part), &layout_cell::missing);
            });
        for (const counted_range& area : overlapping<counted_range>(counted_, range, &counted_range::range)) {
            const sector_range part = common(area.range, range);
            spread_part(in_file(part), part, area.range, to_bytes(area.read), &layout_cell::read);
            spread_part(in_file(part), part, area.range, to_bytes(area.written), &layout_cell::written);
        }
    }

    void spread_part(bytes from, sector_range part, sector_range area, bytes whole, amount what) {
        const std::uint64_t before = (part.start - area.start).count();
        const std::uint64_t until = share(whole.count(), before + part.length.count(), area.length.count());
        const bytes of_part{until - share(whole.count(), before, area.length.count())};
        spread(picture_.along_file, from, length_of(part), of_part, what);
    }

    void count_order(sector_range range) {
        if (last_end_ && *last_end_ == range.start) ++picture_.order.follow_on;
        if (last_end_ && *last_end_ < range.start) ++picture_.order.forward;
        if (last_end_ && *last_end_ > range.start) ++picture_.order.backward;
        last_end_ = range.end();
    }

    static void widen(std::optional<sector_range>& span, sector_range by) {
        if (!span) {
            span = by;
            return;
        }
        const sectors end = std::max(span->end(), by.end());
        span->start = std::min(span->start, by.start);
        span->length = end - span->start;
    }

    std::span<const fs::extent> extents_;
    fs::extent_map map_;
    std::vector<sector_range> regions_;
    /// Sectors of the regions, merged.
    std::vector<sector_range> covered_;
    std::vector<counted_range> counted_;
    layout_limits limits_;
    std::size_t in_a_stretch_ = 1;
    std::optional<sectors> last_end_;
    file_layout picture_;
};

}  // namespace

file_layout make_layout(std::span<const fs::extent> extents, std::vector<sector_range> regions,
                        std::span<const counted_range> counted, bytes size, const layout_limits& limits) {
    return painter(extents, std::move(regions), counted, size, limits).paint();
}

}  // namespace filemap
