// File system on a mirror while memory is short. Writeback waits for the server, which must not wait for memory.

#include "kernel/mirror_world.hpp"

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <sys/mman.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t leg_sectors = 64 * 2048;
constexpr std::size_t piece = std::size_t{4} << 20;
constexpr std::size_t left_to_all = std::size_t{64} << 20;

std::size_t available_memory() {
    std::ifstream info("/proc/meminfo");
    std::size_t kibibytes = 0;
    for (std::string word; info >> word;)
        if (word == "MemAvailable:") info >> kibibytes;
    return kibibytes * 1024;
}

/// Occupies all but the given amount of memory during its lifetime.
class hog {
public:
    explicit hog(std::size_t left) {
        while (available_memory() > left + piece) {
            void* const got = ::mmap(nullptr, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (got == MAP_FAILED) break;
            std::memset(got, 1, piece);
            taken_.push_back(got);
        }
    }
    hog(const hog&) = delete;
    hog& operator=(const hog&) = delete;
    ~hog() {
        for (void* const each : taken_) ::munmap(each, piece);
    }
    [[nodiscard]] std::size_t pieces() const noexcept { return taken_.size(); }

private:
    std::vector<void*> taken_;
};

/// Writes more than fits into memory, which forces writeback.
void write_much(const std::string& directory) {
    const auto written = run_program(
        {"dd", "if=/dev/urandom", "of=" + directory + "/much", "bs=1M", "count=40", "conv=fsync"}, seconds{120});
    BOOST_TEST(written.status == 0, written.err);
}

BOOST_AUTO_TEST_SUITE(mirror_pressure)

BOOST_AUTO_TEST_CASE(writeback_under_pressure_completes) {
    mirror_world world;
    world.server.start();
    for (const std::string log : {"core", "disk"}) {
        mirror_shape shape = mirror_world::shape(log);
        shape.uuid = log;
        shape.length = leg_sectors;
        mapped_device mirror("m", shape.table());
        run_or_throw({"mkfs.ext4", "-qF", mirror.node()});
        std::filesystem::create_directories("/mnt/m");
        run_or_throw({"mount", mirror.node(), "/mnt/m"});
        {
            const hog others(left_to_all);
            BOOST_TEST(others.pieces() > 0U);
            write_much("/mnt/m");
            // A new server starts with as little memory.
            world.server.restart();
            write_much("/mnt/m");
        }
        run_or_throw({"umount", "/mnt/m"});
        mirror_world::legs_are_equal(shape);
        BOOST_TEST(status_of("m").health == "AA");
        mirror.remove();
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
