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
    /// FIEMAP_EXTENT_* flags.
    std::uint32_t flags = 0;
};

/// Reason why an extent has no device address at which its I/O could be counted.
enum class unaddressable_reason {
    /// Not written back yet, so not allocated (DELALLOC, UNKNOWN). A later refresh may find an address.
    not_allocated_yet,
    /// Compressed or otherwise encoded, so the length on the device differs.
    encoded,
    /// Data inside metadata, or the tail of a file packed with other tails.
    packed,
    /// Start or end is not aligned to a sector.
    not_aligned,
    /// Physical address 0, where no data can be, or sector numbers above 64 bits.
    no_address,
};

/// Returns a description for people.
[[nodiscard]] FILEMAP_API std::string_view describe(unaddressable_reason reason) noexcept;

/// Returns the reason why an extent has no address. Returns an empty optional if the extent has an address.
[[nodiscard]] FILEMAP_API std::optional<unaddressable_reason> why_unaddressable(const extent& of) noexcept;

struct unaddressable_extent {
    bytes logical;
    bytes length;
    unaddressable_reason reason;
};

/// Part of a file that the file system lists as written, not just as preallocated.
struct written_piece {
    sectors in_file;
    sector_range on_device;
    /// Shared with other files, or with other parts of this file.
    bool shared = false;

    friend bool operator==(const written_piece&, const written_piece&) = default;
};

/**
 * @brief Set of sectors that a file occupies on its device.
 * @details Unwritten (preallocated) extents count as occupied, also past the end of the file. Sectors shared with other
 * files are included, and counted in @ref shared.
 */
struct FILEMAP_API extent_map {
    /// Ranges on the device: ascending, disjoint and non-touching. Physical neighbours are joined, wherever they are
    /// in the file.
    std::vector<sector_range> ranges;
    std::vector<unaddressable_extent> unaddressable;
    /// Written parts of the file: ascending and disjoint by file offset. Parts adjacent in the file and on the device
    /// are joined. `file_tracker::map` leaves this list empty if the file system lists unwritten data as written.
    std::vector<written_piece> written;
    sectors shared;
    /// Number of extents that the file system listed.
    std::size_t extents = 0;
    /// End of the last extent, as a file offset. Lies past the end of the file where space is preallocated.
    bytes end;

    /// Returns true if blocks will be allocated later without an event.
    [[nodiscard]] bool awaits_allocation() const noexcept;
};

/// Sorts and joins the extents, and separates those without an address. Pure.
[[nodiscard]] FILEMAP_API extent_map make_extent_map(std::span<const extent> extents);

/// Joins ranges in any order to ascending, disjoint, non-touching ranges. Pure.
[[nodiscard]] FILEMAP_API std::vector<sector_range> join_ranges(std::vector<sector_range> ranges);

/// Calls FIEMAP. Fills in the extents from the request's start on, as many as fit, and their count. Returns 0 or an
/// errno. Tests replace this call.
using fiemap_call = std::function<int(::fiemap& request)>;

/// Maximum number of extents. No file system allows a longer list, so a longer list is treated as endless.
inline constexpr std::size_t max_extents = std::size_t{1} << 28;

/**
 * @brief Lists a file's extents by FIEMAP, without writing anything back.
 * @details Reads pages of about two thousand extents, one call each. A list of several pages is no snapshot, and may
 * contain a part of a change between two calls. Such a change raises an event, after which the monitor maps the file
 * again. Writeback raises no event. Writeback changes only extents that are listed as not allocated yet, or was
 * complete before the extents were listed.
 * @param file     Descriptor that is open for reading or writing (not O_PATH).
 *
 * @par Errors     `errc::no_extent_map` if the file system has no FIEMAP; `errc::extents_unstable` if the list is
 * endless; `errc::answer_malformed` if an answer holds more extents than requested.
 * @par Blocking   May wait for locks on the inode.
 * @par Source     Linux `Documentation/filesystems/fiemap.rst`.
 */
[[nodiscard]] FILEMAP_API result<std::vector<extent>> read_extents(int file);

/// Returns the `make_extent_map` of the extents from `read_extents`, without keeping the list.
/// @param expected Likely number of extents; a good estimate avoids reallocation.
[[nodiscard]] FILEMAP_API result<extent_map> read_extent_map(int file, std::size_t expected = 0);
/// @param most Maximum number of extents; a longer list is treated as endless.
[[nodiscard]] FILEMAP_API result<extent_map> read_extent_map(const fiemap_call& ask, std::size_t expected = 0,
                                                             std::size_t most = max_extents);

}  // namespace filemap::fs
