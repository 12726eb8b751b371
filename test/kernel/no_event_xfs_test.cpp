// Moves of extents on xfs that raise no event.

#include "kernel/no_event_test.hpp"
#include "kernel/regions.hpp"
#include "support/logged_daemon.hpp"

#include <memory>
#include <vector>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace filemap::test {
namespace {

void one_mebibyte(const std::string& path) {
    file_editor(path).write_and_sync(0, MiB);
}

void write_at(const held_file& file, std::uint64_t offset, std::uint64_t length) {
    const std::string data(length, 'w');
    file.require(::pwrite(file.get(), data.data(), length, static_cast<off_t>(offset)) == static_cast<ssize_t>(length),
                 "pwrite");
}

/// Replaces the sectors of a part by those of another file with the same content.
void deduplicate(const held_file& file, const std::string& path, unsigned turn) {
    const held_file source(path + "_same", O_RDONLY);
    const std::size_t size = sizeof(file_dedupe_range) + sizeof(file_dedupe_range_info);
    const auto memory = std::make_unique<std::uint64_t[]>(size / sizeof(std::uint64_t));
    auto* const request = reinterpret_cast<file_dedupe_range*>(memory.get());
    request->src_offset = turn * 256 * KiB;
    request->src_length = 64 * KiB;
    request->dest_count = 1;
    request->info[0].dest_fd = file.get();
    request->info[0].dest_offset = request->src_offset;
    file.require(::ioctl(source.get(), FIDEDUPERANGE, request) == 0, "FIDEDUPERANGE");
    BOOST_TEST_REQUIRE(request->info[0].status == FILE_DEDUPE_RANGE_SAME);
}

/// Appends; xfs then allocates more than was written.
void append(const held_file& file, unsigned turn) {
    for (std::uint64_t i = 0; i < 4; ++i) write_at(file, (turn * 8 + i + 1) * MiB, MiB);
}

/// Appends and closes before write-back; xfs then keeps the preallocation at the next close.
void append_and_close_dirty(const held_file& file, const std::string& path, unsigned turn) {
    append(file, 2 * turn);
    { const held_file again(path, O_RDONLY); }
    append(file, 2 * turn + 1);
    file.require(::fsync(file.get()) == 0, "fsync");
}

/// The daemon's own close after mapping frees the preallocation.
void preallocation_freed_at_close_is_followed() {
    const scratch_file scratch;
    one_mebibyte(scratch.path());
    const held_file file(scratch.path(), O_RDWR);
    region_access regions(scratch.path());
    const auto covered = [&] { return regions.covered_sectors(); };
    logged_daemon daemon({"--verify", "0", scratch.path()});
    require_sync(scratch.path(), "after the start");
    const std::uint64_t before = covered();
    {
        const halted until_it_is_allocated(daemon.pid());
        append(file, 0);
        file.require(::fsync(file.get()) == 0, "fsync");
    }
    // No other process opens the file before the daemon has mapped it.
    BOOST_TEST_REQUIRE(wait_until([&] { return covered() > before; }, reaction_bound));
    const auto in_sync = [&] { return regions.check_map(scratch.path()).in_sync(); };
    BOOST_TEST(wait_until(in_sync, reaction_bound), "what was given back is not the file's any more");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

void trim_preallocation(const held_file&, const std::string&, unsigned) {
    run_or_throw({"xfs_spaceman", "-c", "prealloc -s", shared_device().path()});
}

/// Shares a part with a clone. Write-back unshares it long before the refresh that waits for write-back.
void share_with_a_clone(const std::string& path) {
    one_mebibyte(path);
    const held_file file(path, O_RDONLY);
    const held_file clone(path + "_clone", O_RDWR | O_CREAT);
    file.require(::ioctl(clone.get(), FICLONE, file.get()) == 0, "FICLONE");
    file.require(::fsync(clone.get()) == 0, "fsync");
}

void write_to_shared(const held_file& file, const std::string&, unsigned turn) {
    write_at(file, turn * 256 * KiB, 64 * KiB);
}

void write_back(const held_file& file, const std::string&, unsigned) {
    file.require(::fsync(file.get()) == 0, "fsync");
}

const std::vector<unnoticed_change>& changes() {
    static const std::vector<unnoticed_change> all{
        {"deduplication",
         [](const std::string& path) {
             one_mebibyte(path);
             one_mebibyte(path + "_same");
         },
         {},
         deduplicate},
        {"copy_on_write", share_with_a_clone, write_to_shared, write_back},
        {"preallocation_trimmed", one_mebibyte, append_and_close_dirty, trim_preallocation},
    };
    return all;
}

/// Writes to two files alternately, so that neither gets adjacent blocks.
void write_in_pieces(const std::string& path) {
    for (std::uint64_t at = 0; at < 2 * MiB; at += 64 * KiB) {
        file_editor(path).allocate(0, at, 64 * KiB);
        file_editor(path + "_other").allocate(0, at, 64 * KiB);
    }
    file_editor(path).write_and_sync(0, 2 * MiB);
}

void reorganise(const std::string& path) {
    (void)run_program({"xfs_fsr", path});
    file_editor(path).sync();
}

const bool registered = [] {
    for (const unnoticed_change& change : changes())
        add_case(add_suite(change.name), "found_by_verify_alone", [&change] {
            const kernel_setting no_periodic_writeback("vm/dirty_writeback_centisecs", "0");
            is_found_by_verify_alone(change);
        });
    add_case(add_suite("preallocation_given_back_at_closing"), "is_followed", preallocation_freed_at_close_is_followed);
    add_case(add_suite("xfs_fsr"), "is_followed", [] { is_followed(write_in_pieces, reorganise); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
