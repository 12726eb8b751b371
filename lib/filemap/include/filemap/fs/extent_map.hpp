#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

struct fiemap;

namespace filemap::fs {

/// An extent as listed by FIEMAP.
struct extent {
    bytes logical;
    bytes physical;
    bytes length;
    /// FIEMAP_EXTENT_*.
    std::uint32_t flags = 0;
};

/// Why an extent has no address on the device that I/O to it could be counted at.
enum class unaddressable_reason {
    /// Not written back yet, so not allocated (DELALLOC, UNKNOWN): worth another look.
    not_allocated_yet,
    /// Compressed or otherwise encoded: its length on the device is another one.
    encoded,
    /// Data kept inside metadata, or the tail of a file packed with others.
    packed,
    /// Does not begin or end at a sector.
    not_aligned,
    /// Physical address 0, which no data has, or sectors that 64 bits do not address.
    no_address,
};

/// In words, for a person.
[[nodiscard]] FILEMAP_API std::string_view describe(unaddressable_reason reason) noexcept;

/// Nothing if the extent has an address.
[[nodiscard]] FILEMAP_API std::optional<unaddressable_reason> why_unaddressable(const extent& of) noexcept;

struct unaddressable_extent {
    bytes logical;
    bytes length;
    unaddressable_reason reason;
};

/// A piece of a file that is listed as written: not preallocated only.
struct written_piece {
    sectors in_file;
    sector_range on_device;
    /// With other files, or with other pieces of this one.
    bool shared = false;

    friend bool operator==(const written_piece&, const written_piece&) = default;
};

/**
 * @brief The set of sectors that a file occupies on its device.
 * @details Unwritten (preallocated) extents count as occupied, those past the end of the file too. Sectors shared with
 * other files are contained, and counted in @ref shared.
 */
struct FILEMAP_API extent_map {
    /// Ascending, disjoint, and not touching each other: physical neighbours are joined wherever they lie in the file.
    std::vector<sector_range> ranges;
    std::vector<unaddressable_extent> unaddressable;
    /// Ascending by their place in the file and disjoint there; neighbours in the file and on the device are joined.
    /// `file_tracker::map` leaves it empty where the file system lists what it has not written yet.
    std::vector<written_piece> written;
    sectors shared;
    /// Extents that the file system listed.
    std::size_t extents = 0;
    /// Where the last of them ends in the file; past the file's own end where space is preallocated.
    bytes end;

    /// Returns true if blocks will be allocated later without an event.
    [[nodiscard]] bool awaits_allocation() const noexcept;
};

/// Sorts, joins and sets aside. Pure.
[[nodiscard]] FILEMAP_API extent_map make_extent_map(std::span<const extent> extents);

/// Ascending, disjoint, non-touching ranges from ranges in any order. Pure.
[[nodiscard]] FILEMAP_API std::vector<sector_range> join_ranges(std::vector<sector_range> ranges);

/// FIEMAP as the kernel does it: fills in the extents from the request's start on, as many as there is room for, and
/// their count. Returns 0 or an errno. The seam below which tests put answers of their own making.
using fiemap_call = std::function<int(::fiemap& request)>;

/// A list that is longer than any file system allows does not end.
inline constexpr std::size_t max_extents = std::size_t{1} << 28;

/**
 * @brief Lists a file's extents by FIEMAP, without writing anything back.
 * @details In pages of some thousand extents, one call each. A list of several pages is no snapshot: of a change
 * between two calls it may show a part. Such a change raises an event as at any other time, upon which the file is
 * mapped again; writeback, which raises none, turns extents that were listed as not allocated yet into
 * others, or was done before they were listed.
 * @param file     A descriptor open for reading or writing (not O_PATH).
 *
 * @par Errors     `errc::no_extent_map` when the file system has no FIEMAP; `errc::extents_unstable` when the list
 * would not end; `errc::answer_malformed` when it holds more extents than were asked for.
 * @par Blocking   May wait for locks on the inode.
 * @par Source     Linux `Documentation/filesystems/fiemap.rst`.
 */
[[nodiscard]] FILEMAP_API result<std::vector<extent>> read_extents(int file);

/// Equals `make_extent_map` of the extents from `read_extents`, without keeping the list.
/// @param expected Likely number of extents; a good guess avoids reallocation.
[[nodiscard]] FILEMAP_API result<extent_map> read_extent_map(int file, std::size_t expected = 0);
/// @param most A list of more extents than these does not end.
[[nodiscard]] FILEMAP_API result<extent_map> read_extent_map(const fiemap_call& ask, std::size_t expected = 0,
                                                             std::size_t most = max_extents);

}  // namespace filemap::fs
