#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace filemap::fs {
namespace {

// 112 KiB. Larger pages cost no less per extent.
constexpr std::size_t extents_in_page = 2048;
// Maximum number of extents for which memory is reserved in advance.
constexpr std::size_t max_expected = std::size_t{1} << 20;
// Bounds the loop. A single interrupted ioctl is normal; this many are a fault.
constexpr int max_interruptions = 1000;
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

fiemap_call kernel_call(int file) {
    return [file](fiemap& request) {
        for (int tries = 0; tries < max_interruptions; ++tries) {
            if (::ioctl(file, FS_IOC_FIEMAP, &request) == 0) return 0;
            if (errno != EINTR) break;
        }
        return errno;
    };
}

// Buffer for one FIEMAP call. The kernel writes only the listed extents, so the unused rest never occupies memory.
class fiemap_page {
public:
    // Reads the part of the list that begins at an offset. Returns the number of extents.
    result<std::size_t> read(const fiemap_call& ask, bytes start) {
        fiemap& head = this->head();
        std::memset(&head, 0, sizeof head);
        head.fm_start = start.count();
        head.fm_length = FIEMAP_MAX_OFFSET - start.count();
        head.fm_extent_count = extents_in_page;
        const int error = ask(head);
        if (error == EOPNOTSUPP || error == ENOTTY) return failure{errc::no_extent_map, "FIEMAP"};
        if (error != 0) return failure{error_code(error, boost::system::system_category()), "FIEMAP"};
        if (head.fm_mapped_extents > extents_in_page) return failure{errc::answer_malformed, "FIEMAP"};
        return head.fm_mapped_extents;
    }

    [[nodiscard]] extent operator[](std::size_t i) noexcept {
        const fiemap_extent& e = head().fm_extents[i];
        return {bytes{e.fe_logical}, bytes{e.fe_physical}, bytes{e.fe_length}, e.fe_flags};
    }

private:
    fiemap& head() noexcept { return *reinterpret_cast<fiemap*>(memory_.get()); }

    static constexpr std::size_t size = sizeof(fiemap) + extents_in_page * sizeof(fiemap_extent);
    std::unique_ptr<std::uint64_t[]> memory_ =
        std::make_unique_for_overwrite<std::uint64_t[]>(size / sizeof(std::uint64_t));
};

template <class Take>
result<void> walk_extents(const fiemap_call& ask, std::size_t most, Take take) {
    std::size_t listed = 0;
    bytes start;
    for (fiemap_page page;;) {
        const result<std::size_t> count = page.read(ask, start);
        if (!count) return count.error();
        listed += *count;
        if (listed > most) return failure{errc::extents_unstable, "FIEMAP"};
        for (std::size_t i = 0; i < *count; ++i) take(page[i]);
        // If a full page lacks the flag of the last extent, more extents may follow. A short or empty page ends the
        // list, also when the last extent has just disappeared.
        if (*count < extents_in_page || (page[*count - 1].flags & FIEMAP_EXTENT_LAST) != 0) return {};
        const extent last = page[*count - 1];
        const bytes next = last.logical + last.length;
        if (next <= start || next < last.logical) return failure{errc::extents_unstable, "FIEMAP"};
        start = next;
    }
}

class map_builder {
public:
    explicit map_builder(std::size_t expected) { map_.ranges.reserve(expected); }

    void add(const extent& e) {
        ++map_.extents;
        map_.end = std::max(map_.end, e.logical + e.length);
        if (e.length.count() == 0) return;
        if (const auto reason = why_unaddressable(e)) {
            map_.unaddressable.push_back({e.logical, e.length, *reason});
            return;
        }
        map_.ranges.push_back({to_sectors(e.physical), to_sectors(e.length)});
        if (e.flags & FIEMAP_EXTENT_SHARED) shared_.push_back(map_.ranges.back());
        if (!(e.flags & FIEMAP_EXTENT_UNWRITTEN)) add_written(e);
    }

    [[nodiscard]] extent_map finish() && {
        map_.ranges = join_ranges(std::move(map_.ranges));
        // A file may share sectors with itself.
        for (const sector_range& range : join_ranges(std::move(shared_))) map_.shared += range.length;
        return std::move(map_);
    }

private:
    void add_written(const extent& e) {
        const written_piece piece{to_sectors(e.logical), map_.ranges.back(), (e.flags & FIEMAP_EXTENT_SHARED) != 0};
        if (map_.written.empty()) return map_.written.push_back(piece);
        written_piece& last = map_.written.back();
        const sectors end = last.in_file + last.on_device.length;
        // The kernel lists extents in order.
        if (piece.in_file < end) return;
        if (piece.in_file == end && piece.on_device.start == last.on_device.end() && piece.shared == last.shared) {
            last.on_device.length += piece.on_device.length;
        } else {
            map_.written.push_back(piece);
        }
    }

    extent_map map_;
    std::vector<sector_range> shared_;
};

}  // namespace

std::optional<unaddressable_reason> why_unaddressable(const extent& e) noexcept {
    // Checked first, because f2fs permanently lists inline data as DELALLOC.
    if (e.flags & (FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL)) return unaddressable_reason::packed;
    if (e.flags & (FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN)) return unaddressable_reason::not_allocated_yet;
    if (e.flags & FIEMAP_EXTENT_ENCODED) return unaddressable_reason::encoded;
    if (e.flags & FIEMAP_EXTENT_NOT_ALIGNED) return unaddressable_reason::not_aligned;
    if (e.physical.count() == 0 || e.length.count() > largest - e.physical.count())
        return unaddressable_reason::no_address;
    if (e.physical.count() % sector_size != 0 || e.length.count() % sector_size != 0)
        return unaddressable_reason::not_aligned;
    return std::nullopt;
}

std::string_view describe(unaddressable_reason reason) noexcept {
    switch (reason) {
        case unaddressable_reason::not_allocated_yet: return "not allocated yet";
        case unaddressable_reason::encoded: return "encoded";
        case unaddressable_reason::packed: return "packed with metadata or other data";
        case unaddressable_reason::not_aligned: return "not aligned to sectors";
        case unaddressable_reason::no_address: return "without an address";
    }
    return "unknown";
}

bool extent_map::awaits_allocation() const noexcept {
    return std::any_of(unaddressable.begin(), unaddressable.end(), [](const unaddressable_extent& e) {
        return e.reason == unaddressable_reason::not_allocated_yet;
    });
}

std::vector<sector_range> join_ranges(std::vector<sector_range> ranges) {
    if (!std::is_sorted(ranges.begin(), ranges.end())) std::sort(ranges.begin(), ranges.end());
    std::size_t joined = 0;
    for (const sector_range& next : ranges) {
        if (next.length.count() == 0) continue;
        if (joined > 0 && next.start <= ranges[joined - 1].end()) {
            sector_range& last = ranges[joined - 1];
            last.length = std::max(last.end(), next.end()) - last.start;
        } else {
            ranges[joined++] = next;
        }
    }
    ranges.resize(joined);
    return ranges;
}

extent_map make_extent_map(std::span<const extent> extents) {
    map_builder builder(extents.size());
    for (const extent& e : extents) builder.add(e);
    return std::move(builder).finish();
}

result<std::vector<extent>> read_extents(int file) {
    std::vector<extent> extents;
    const auto walked = walk_extents(kernel_call(file), max_extents, [&](const extent& e) { extents.push_back(e); });
    if (!walked) return walked.error();
    return extents;
}

result<extent_map> read_extent_map(int file, std::size_t expected) {
    return read_extent_map(kernel_call(file), expected);
}

result<extent_map> read_extent_map(const fiemap_call& ask, std::size_t expected, std::size_t most) {
    // Reserve some more, because most files grow. Unused space does not occupy memory.
    expected = std::min(expected, max_expected);
    map_builder builder(expected + expected / 8 + 16);
    const auto walked = walk_extents(ask, most, [&](const extent& e) { builder.add(e); });
    if (!walked) return walked.error();
    return std::move(builder).finish();
}

}  // namespace filemap::fs
