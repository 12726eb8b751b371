#include "unit/filemap/fs/scratch_directory.hpp"
#include "unit/filemap/print.hpp"

#include <filemap/fs/extent_map.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <vector>

#include <linux/fiemap.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace filemap::fs {
namespace {

using ranges = std::vector<sector_range>;

sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

/// Returns an extent. All arguments are in sectors.
extent from(std::uint64_t logical, std::uint64_t physical, std::uint64_t length, std::uint32_t flags = 0) {
    return {to_bytes(sectors{logical}), to_bytes(sectors{physical}), to_bytes(sectors{length}), flags};
}

void check_ranges(const ranges& found, const ranges& wanted) {
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), wanted.begin(), wanted.end());
}

BOOST_AUTO_TEST_SUITE(extent_map_suite)

BOOST_AUTO_TEST_CASE(map_of_no_extents_is_empty) {
    const extent_map map = make_extent_map({});
    BOOST_TEST(map.ranges.empty());
    BOOST_TEST(map.extents == 0u);
    BOOST_TEST(!map.awaits_allocation());
}

BOOST_AUTO_TEST_CASE(map_joins_adjacent_device_ranges) {
    const std::vector<extent> extents{
        from(0, 800, 8),   from(8, 100, 8, FIEMAP_EXTENT_UNWRITTEN),
        from(16, 108, 8),  from(1000, 808, 16, FIEMAP_EXTENT_MERGED | FIEMAP_EXTENT_LAST),
        from(500, 792, 8),
    };
    const extent_map map = make_extent_map(extents);
    check_ranges(map.ranges, {at(100, 16), at(792, 32)});
    BOOST_TEST(map.extents == 5u);
    BOOST_TEST((map.end == to_bytes(sectors{1016})));
    BOOST_TEST(map.unaddressable.empty());
}

BOOST_AUTO_TEST_CASE(map_counts_shared_sectors_once) {
    const std::vector<extent> extents{from(0, 100, 16, FIEMAP_EXTENT_SHARED), from(64, 104, 4, FIEMAP_EXTENT_SHARED),
                                      from(128, 110, 16)};
    const extent_map map = make_extent_map(extents);
    check_ranges(map.ranges, {at(100, 26)});
    BOOST_TEST(map.shared == sectors{16});
}

BOOST_AUTO_TEST_CASE(map_finds_written_by_offset) {
    const std::vector<extent> extents{
        from(0, 800, 8),
        from(8, 808, 8, FIEMAP_EXTENT_MERGED),
        from(16, 900, 8),
        from(24, 908, 8, FIEMAP_EXTENT_UNWRITTEN),
        from(40, 924, 8, FIEMAP_EXTENT_SHARED),
        from(48, 0, 8, FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC),
        from(56, 932, 8),
        // Extents that no kernel lists.
        from(56, 932, 8),
        from(64, 940, 0),
    };
    const std::vector<written_piece> wanted{{sectors{0}, at(800, 16), false},
                                            {sectors{16}, at(900, 8), false},
                                            {sectors{40}, at(924, 8), true},
                                            {sectors{56}, at(932, 8), false}};
    BOOST_TEST((make_extent_map(extents).written == wanted));
}

BOOST_AUTO_TEST_CASE(map_separates_unaddressable_extents) {
    using reason = unaddressable_reason;
    const struct {
        const char* what;
        extent listed;
        reason why;
    } cases[]{
        {"delayed", from(0, 0, 8, FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC), reason::not_allocated_yet},
        {"unknown", from(0, 5, 8, FIEMAP_EXTENT_UNKNOWN), reason::not_allocated_yet},
        {"delayed with an address", from(0, 5, 8, FIEMAP_EXTENT_DELALLOC), reason::not_allocated_yet},
        {"encoded", from(0, 5, 8, FIEMAP_EXTENT_ENCODED), reason::encoded},
        {"encrypted", from(0, 5, 8, FIEMAP_EXTENT_DATA_ENCRYPTED | FIEMAP_EXTENT_ENCODED), reason::encoded},
        {"inline of ext4", from(0, 5, 8, FIEMAP_EXTENT_NOT_ALIGNED | FIEMAP_EXTENT_DATA_INLINE), reason::packed},
        // Permanent: a later map would be the same.
        {"inline of f2fs",
         from(0, 0, 8,
              FIEMAP_EXTENT_NOT_ALIGNED | FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC),
         reason::packed},
        {"tail", from(0, 5, 8, FIEMAP_EXTENT_NOT_ALIGNED | FIEMAP_EXTENT_DATA_TAIL), reason::packed},
        {"not aligned", from(0, 5, 8, FIEMAP_EXTENT_NOT_ALIGNED), reason::not_aligned},
        {"begins within a sector", {bytes{0}, bytes{5 * 512 + 1}, bytes{512}, 0}, reason::not_aligned},
        {"ends within a sector", {bytes{0}, bytes{5 * 512}, bytes{511}, 0}, reason::not_aligned},
        {"past 64 bits", {bytes{0}, bytes{~std::uint64_t{511}}, bytes{1024}, 0}, reason::no_address},
        {"unwritten of f2fs", from(0, 0, 8, FIEMAP_EXTENT_UNWRITTEN | FIEMAP_EXTENT_MERGED), reason::no_address},
    };
    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.what) {
            const extent other = from(64, 100, 8);
            const extent_map map = make_extent_map(std::vector{c.listed, other});
            check_ranges(map.ranges, {at(100, 8)});
            BOOST_REQUIRE(map.unaddressable.size() == 1u);
            BOOST_TEST((map.unaddressable[0].reason == c.why));
            BOOST_TEST((map.unaddressable[0].length == c.listed.length));
            BOOST_TEST(map.awaits_allocation() == (c.why == reason::not_allocated_yet));
            BOOST_TEST(map.extents == 2u);
            BOOST_TEST(!describe(c.why).empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(map_leaves_out_extents_without_length) {
    const extent_map map = make_extent_map(std::vector{from(0, 100, 0), from(0, 0, 0, FIEMAP_EXTENT_DELALLOC)});
    BOOST_TEST(map.ranges.empty());
    BOOST_TEST(map.unaddressable.empty());
}

BOOST_AUTO_TEST_CASE(join_ranges_sorts_and_merges) {
    check_ranges(join_ranges({at(50, 10), at(0, 8), at(8, 8), at(55, 1), at(58, 10), at(20, 0), at(17, 3)}),
                 {at(0, 16), at(17, 3), at(50, 18)});
    check_ranges(join_ranges({}), {});
    check_ranges(join_ranges({at(9, 0)}), {});
}

/// Returns the sectors of the file, as stat(2) reports.
std::uint64_t blocks_of(int file) {
    struct stat status {};
    BOOST_REQUIRE(::fstat(file, &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks);
}

BOOST_AUTO_TEST_CASE(read_extents_lists_around_holes) {
    const test::scratch_directory directory;
    const descriptor file = directory.make("holes", "");
    // More extents than one call lists.
    constexpr int pieces = 5000;
    const std::string block(4096, 'x');
    for (int i = 0; i < pieces; ++i)
        BOOST_REQUIRE(::pwrite(file.get(), block.data(), block.size(), off_t{i} * 65536) == ssize_t{4096});
    BOOST_REQUIRE(::fsync(file.get()) == 0);
    const auto extents = read_extents(file.get());
    if (!extents && extents.error().code == errc::no_extent_map) {
        BOOST_TEST_MESSAGE("not tried: the file system of " << directory.path() << " has no FIEMAP");
        return;
    }
    BOOST_REQUIRE(extents.has_value());
    BOOST_TEST(extents->size() == std::size_t{pieces});
    for (std::size_t i = 0; i < extents->size(); ++i)
        BOOST_TEST(((*extents)[i].logical == bytes{i * 65536} && (*extents)[i].length == bytes{4096}));

    const extent_map made = make_extent_map(*extents);
    for (const std::size_t guess : {0, pieces / 2, pieces, 2 * pieces}) {
        const auto map = read_extent_map(file.get(), guess);
        BOOST_REQUIRE(map.has_value());
        BOOST_TEST((map->ranges == made.ranges), guess);
        BOOST_TEST(map->extents == std::size_t{pieces}, guess);
    }

    std::uint64_t occupied = 0;
    for (const sector_range& range : made.ranges) occupied += range.length.count();
    BOOST_TEST(occupied <= blocks_of(file.get()));
    BOOST_TEST(occupied == pieces * 8u);
}

BOOST_AUTO_TEST_CASE(read_extents_of_empty_file) {
    const test::scratch_directory directory;
    const descriptor file = directory.make("empty", "");
    const auto extents = read_extents(file.get());
    if (extents) BOOST_TEST(extents->empty());
    if (!extents) BOOST_TEST(extents.error().code == errc::no_extent_map);
}

BOOST_AUTO_TEST_CASE(read_extents_without_fiemap_fails) {
    // tmpfs has no extent map.
    const descriptor file{::memfd_create("filemap", MFD_CLOEXEC)};
    BOOST_REQUIRE(file.is_open());
    const auto extents = read_extents(file.get());
    BOOST_REQUIRE(extents.has_error());
    BOOST_TEST(extents.error().code == errc::no_extent_map);
}

::fiemap_extent listed(std::uint64_t logical, std::uint64_t physical, std::uint64_t length) {
    ::fiemap_extent e{};
    e.fe_logical = logical;
    e.fe_physical = physical;
    e.fe_length = length;
    return e;
}

/// Returns a call that always fills a full page with extents of this length: adjacent in the file, with gaps on the
/// device.
fiemap_call endless_list(std::uint64_t length) {
    return [length](::fiemap& request) {
        for (std::uint32_t i = 0; i < request.fm_extent_count; ++i) {
            const std::uint64_t logical = request.fm_start + i * length;
            request.fm_extents[i] = listed(logical, 4096 + 2 * logical, length);
        }
        request.fm_mapped_extents = request.fm_extent_count;
        return 0;
    };
}

BOOST_AUTO_TEST_CASE(endless_extent_list_ends) {
    constexpr std::size_t most = 10'000;
    BOOST_TEST(read_extent_map(endless_list(4096), 0, most).error().code == errc::extents_unstable);
    BOOST_TEST(read_extent_map(endless_list(0), 0, most).error().code == errc::extents_unstable, "no progress");
}

BOOST_AUTO_TEST_CASE(list_past_last_offset_ends) {
    int calls = 0;
    const auto map = read_extent_map([&calls](::fiemap& request) {
        ++calls;
        for (std::uint32_t i = 0; i < request.fm_extent_count; ++i)
            request.fm_extents[i] = listed(~std::uint64_t{4095}, 4096, 8192);
        request.fm_mapped_extents = request.fm_extent_count;
        return 0;
    });
    BOOST_TEST(map.error().code == errc::extents_unstable);
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(too_many_extents_are_malformed) {
    for (const std::uint32_t more : {1u, 0x7fffffffu}) {
        const auto map = read_extent_map([more](::fiemap& request) {
            request.fm_mapped_extents = request.fm_extent_count + more;
            return 0;
        });
        BOOST_REQUIRE(map.has_error());
        BOOST_TEST(map.error().code == errc::answer_malformed);
    }
}

BOOST_AUTO_TEST_CASE(kernel_error_is_passed_on) {
    for (const int error : {EIO, EINTR, EOPNOTSUPP}) {
        const auto map = read_extent_map([error](::fiemap&) { return error; });
        BOOST_REQUIRE(map.has_error());
        BOOST_TEST((map.error().code == errc::no_extent_map || map.error().code.value() == error));
    }
}

BOOST_AUTO_TEST_CASE(closed_descriptor_gives_kernel_error) {
    const auto extents = read_extents(-1);
    BOOST_REQUIRE(extents.has_error());
    BOOST_TEST(extents.error().code.value() == EBADF);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
