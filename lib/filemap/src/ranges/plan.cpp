#include <filemap/plan.hpp>

#include <algorithm>
#include <numeric>

namespace filemap {
namespace {

// Orders regions by start. Of equal starts, the longest comes first, so that fewer regions are needed. Of equal ranges,
// the lowest id comes first, because it names the group.
bool by_start(const group_region& a, const group_region& b) noexcept {
    if (a.range.start != b.range.start) return a.range.start < b.range.start;
    return a.range.length != b.range.length ? a.range.length > b.range.length : a.id < b.id;
}

sectors sum_of(std::span<const sector_range> ranges) {
    sectors sum;
    for (const sector_range& r : ranges) sum += r.length;
    return sum;
}

// Keeps the regions that may stay. Both sequences ascend, so each is walked once.
void keep_what_fits(std::span<const sector_range> cover, std::span<const group_region> regions, region_rule rule,
                    plan& planned) {
    std::vector<group_region> sorted;
    if (!std::is_sorted(regions.begin(), regions.end(), by_start)) {
        sorted.assign(regions.begin(), regions.end());
        std::sort(sorted.begin(), sorted.end(), by_start);
        regions = sorted;
    }
    planned.keep.reserve(regions.size());
    auto piece = cover.begin();
    sectors kept_until;
    for (const group_region& region : regions) {
        while (piece != cover.end() && piece->end() <= region.range.start) ++piece;
        const bool inside = piece != cover.end() && piece->contains(region.range) && region.range.length.count() > 0;
        const bool fits = rule == region_rule::exact ? inside && *piece == region.range : inside;
        if (fits && region.range.start >= kept_until) {
            planned.keep.push_back(region);
            kept_until = region.range.end();
        } else {
            planned.remove.push_back(region);
        }
    }
}

// Returns the parts of `cover` that no kept region covers.
std::vector<sector_range> uncovered(std::span<const sector_range> cover, std::span<const group_region> kept) {
    std::vector<sector_range> open;
    auto region = kept.begin();
    for (const sector_range& piece : cover) {
        sectors at = piece.start;
        for (; region != kept.end() && region->range.start < piece.end(); ++region) {
            if (region->range.start > at) open.push_back({at, region->range.start - at});
            at = region->range.end();
        }
        if (at < piece.end()) open.push_back({at, piece.end() - at});
    }
    return open;
}

// Replaces the regions of the pieces with the most regions by one region each, until a quarter of the limit is free. So
// a file that grows at its end is joined rarely.
void join_neighbours(std::span<const sector_range> cover, std::size_t limit, plan& planned) {
    std::vector<std::size_t> kept_in(cover.size()), regions_in(cover.size());
    std::size_t piece = 0;
    const auto count = [&](std::vector<std::size_t>& in, sectors start) {
        while (cover[piece].end() <= start) ++piece;
        ++in[piece];
    };
    for (const group_region& region : planned.keep) count(kept_in, region.range.start);
    piece = 0;
    regions_in = kept_in;
    for (const sector_range& range : planned.create) count(regions_in, range.start);

    std::vector<std::size_t> most_first(cover.size());
    std::iota(most_first.begin(), most_first.end(), std::size_t{0});
    std::stable_sort(most_first.begin(), most_first.end(),
                     [&](std::size_t a, std::size_t b) { return regions_in[a] > regions_in[b]; });
    std::vector<bool> joined(cover.size());
    std::size_t total = planned.regions();
    for (const std::size_t i : most_first) {
        if (total <= limit - limit / 4 || regions_in[i] < 2) break;
        joined[i] = true;
        total -= regions_in[i] - 1;
    }

    std::vector<group_region> keep;
    piece = 0;
    for (const group_region& region : planned.keep) {
        while (cover[piece].end() <= region.range.start) ++piece;
        (joined[piece] ? planned.remove : keep).push_back(region);
    }
    planned.keep = std::move(keep);
    planned.create = uncovered(cover, planned.keep);
}

}  // namespace

std::vector<sector_range> bridge_gaps(std::span<const sector_range> ranges, std::size_t most) {
    std::vector<sector_range> bridged(ranges.begin(), ranges.end());
    if (ranges.size() <= most) return bridged;

    const auto gap_before = [&](std::size_t i) { return ranges[i].start - ranges[i - 1].end(); };
    std::vector<std::size_t> gaps(ranges.size() - 1);
    std::iota(gaps.begin(), gaps.end(), std::size_t{1});
    const std::size_t open = most - 1;
    std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(open), gaps.end(),
                     [&](std::size_t a, std::size_t b) {
                         return gap_before(a) != gap_before(b) ? gap_before(a) > gap_before(b) : a < b;
                     });
    std::vector<bool> stays_open(ranges.size());
    for (std::size_t i = 0; i < open; ++i) stays_open[gaps[i]] = true;

    bridged.clear();
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i == 0 || stays_open[i]) {
            bridged.push_back(ranges[i]);
        } else {
            bridged.back().length = ranges[i].end() - bridged.back().start;
        }
    }
    return bridged;
}

plan make_plan(std::span<const sector_range> sectors_of_file, std::span<const group_region> regions,
               const plan_options& options) {
    plan planned;
    std::vector<sector_range> bridged;
    std::span<const sector_range> cover = sectors_of_file;
    if (options.max_regions > 0 && cover.size() > options.max_regions) {
        bridged = bridge_gaps(sectors_of_file, options.max_regions);
        cover = bridged;
        planned.bridged = sum_of(cover) - sum_of(sectors_of_file);
    }
    keep_what_fits(cover, regions, options.rule, planned);
    planned.create = uncovered(cover, planned.keep);
    if (options.max_regions > 0 && planned.regions() > options.max_regions)
        join_neighbours(cover, options.max_regions, planned);
    return planned;
}

std::optional<std::vector<sector_range>> growth_of(std::span<const sector_range> sectors_of_file,
                                                   std::span<const group_region> regions, const plan_options& options) {
    const std::size_t limit = options.max_regions;
    if (limit > 0 && sectors_of_file.size() > limit) return std::nullopt;
    std::vector<sector_range> open;
    auto next = regions.begin();
    for (const sector_range& piece : sectors_of_file) {
        sectors at = piece.start;
        for (; next != regions.end() && next->range.start < piece.end(); ++next) {
            const sector_range& region = next->range;
            const bool fits = options.rule == region_rule::exact ? region == piece : piece.contains(region);
            if (!fits || region.length.count() == 0 || region.start < at) return std::nullopt;
            if (region.start > at) open.push_back({at, region.start - at});
            at = region.end();
        }
        if (at < piece.end()) open.push_back({at, piece.end() - at});
    }
    if (next != regions.end() || (limit > 0 && regions.size() + open.size() > limit)) return std::nullopt;
    return open;
}

std::vector<operation> operations_of(const plan& planned, bool has_group) {
    std::vector<operation> operations;
    for (const group_region& doomed : planned.remove) operations.emplace_back(step::tag{doomed.id});
    if (!has_group && !planned.keep.empty()) {
        operations.emplace_back(step::publish{});
        has_group = true;
    }
    std::size_t unpublished = 0;
    std::size_t publish_at = first_publication;
    for (const sector_range& range : planned.create) {
        operations.emplace_back(step::create{range});
        if (++unpublished == publish_at || !has_group) {
            operations.emplace_back(step::publish{});
            if (has_group) publish_at *= 2;
            has_group = true;
            unpublished = 0;
        }
    }
    if (unpublished > 0 || !planned.remove.empty()) operations.emplace_back(step::publish{});
    if (!planned.remove.empty()) operations.emplace_back(step::confirm{});
    for (std::span<const group_region> rest = planned.remove; !rest.empty();) {
        const auto doomed = rest.first(std::min(rest.size(), deletion_batch));
        rest = rest.subspan(doomed.size());
        operations.emplace_back(step::carry{{doomed.begin(), doomed.end()}});
        for (const group_region& m : doomed) operations.emplace_back(step::remove{m});
    }
    return operations;
}

std::string describe(const operation& op) {
    struct {
        std::string operator()(const step::tag& s) const { return "tag region " + std::to_string(s.region.value()); }
        std::string operator()(const step::create& s) const { return "create " + to_string(s.range); }
        std::string operator()(const step::publish&) const { return "publish the group"; }
        std::string operator()(const step::confirm&) const { return "check the regions to delete"; }
        std::string operator()(const step::carry& s) const {
            std::string words = "carry the counters of region";
            for (const group_region& m : s.regions)
                words += (&m == s.regions.data() ? " " : ", ") + std::to_string(m.id.value());
            return words;
        }
        std::string operator()(const step::remove& s) const {
            return "delete region " + std::to_string(s.region.id.value()) + " at " + to_string(s.region.range);
        }
    } in_words;
    return std::visit(in_words, op);
}

}  // namespace filemap
