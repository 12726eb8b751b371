// Moves of extents on ext4 that raise no event.

#include "kernel/no_event_test.hpp"

#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace filemap::test {
namespace {

/// struct move_extent of the kernel's ext4, which no user-space header has.
struct move_extent {
    std::uint32_t reserved;
    std::uint32_t donor_fd;
    std::uint64_t orig_start;
    std::uint64_t donor_start;
    std::uint64_t len;
    std::uint64_t moved_len;
};
constexpr unsigned long move_extent_request = _IOWR('f', 15, move_extent);
constexpr std::uint64_t blocks = MiB / (4 * KiB);

void move_extents(const held_file& file, const std::string& path, unsigned turn) {
    const std::string donor_path = path + "_donor" + std::to_string(turn);
    file_editor(donor_path).allocate(0, 0, MiB);
    const held_file donor(donor_path, O_RDWR);
    move_extent request{};
    request.donor_fd = static_cast<std::uint32_t>(donor.get());
    request.len = blocks;
    file.require(::ioctl(file.get(), move_extent_request, &request) == 0, "EXT4_IOC_MOVE_EXT");
    file.require(::fsync(file.get()) == 0, "fsync");
    BOOST_TEST_REQUIRE(request.moved_len == blocks);
}

const unnoticed_change moved{"found_by_verify_alone",
                             [](const std::string& path) { file_editor(path).write_and_sync(0, MiB); },
                             {},
                             move_extents};

/// Writes to two files alternately, so that neither gets adjacent blocks.
void write_in_pieces(const std::string& path) {
    for (std::uint64_t at = 0; at < 2 * MiB; at += 64 * KiB) {
        file_editor(path).write_and_sync(at, 64 * KiB);
        file_editor(path + "_other").write_and_sync(at, 64 * KiB);
    }
}

void defragment(const std::string& path) {
    // The status is ignored: e4defrag returns 1 without /etc/mtab even if it moved extents.
    (void)run_program({"e4defrag", path});
    file_editor(path).sync();
}

const bool registered = [] {
    add_case(add_suite("extents_moved_by_ioctl"), moved.name, [] { is_found_by_verify_alone(moved); });
    add_case(add_suite("e4defrag"), "is_followed", [] { is_followed(write_in_pieces, defragment); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
