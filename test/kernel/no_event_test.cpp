// Changes without an event are found by the verify timer (--verify).

#include "kernel/no_event_test.hpp"

#include "kernel/regions.hpp"
#include "support/logged_daemon.hpp"

#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace filemap::test {

held_file::held_file(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    require(file_ >= 0, path.c_str());
}

held_file::held_file(held_file&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

held_file& held_file::operator=(held_file&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

held_file::~held_file() {
    if (file_ >= 0) ::close(file_);
}

void held_file::require(bool holds, const char* what) const {
    if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

void is_found_by_verify_alone(const unnoticed_change& change) {
    const scratch_file scratch;
    const std::string& path = scratch.path();
    const std::string marker = path + "_marker";
    change.prepare(path);
    file_editor(marker).write_and_sync(0, 64 * KiB);
    region_access regions(path);
    const auto is_in_sync = [&](const std::string& file, const char* alias) {
        const map_report report = regions.check_map(file, {.alias = alias});
        return report.in_sync() && report.file.pending == 0;
    };
    const auto require_in_sync = [&](const std::string& file, const char* alias) {
        BOOST_TEST_REQUIRE(wait_until([&] { return is_in_sync(file, alias); }, reaction_bound),
                           regions.check_map(file, {.alias = alias}).summary());
    };
    const held_file file(path, O_RDWR);
    // All earlier events were delivered and handled before this one.
    std::uint64_t at = 0;
    const auto change_marker = [&] {
        file_editor(marker).write_and_sync(at += MiB, 64 * KiB);
        require_in_sync(marker, "file_marker");
    };
    // The delayed refresh after an event is also over then.
    const auto begin = [&](unsigned turn) {
        if (!change.begin) return;
        change.begin(file, path, turn);
        for (int i = 0; i < 4; ++i) change_marker();
        require_in_sync(path, "file");
    };
    const auto apply = [&](unsigned turn) {
        const file_map before = map_of(path);
        change.apply(file, path, turn);
        BOOST_TEST_REQUIRE((map_of(path).runs != before.runs), "nothing has moved: the test would prove nothing");
    };

    logged_daemon unasking({"--verify", "0", "--interval", "20", path, marker});
    BOOST_TEST_REQUIRE(wait_until([&] { return unasking.times_logged(": watching") == 2; }, reaction_bound));
    require_in_sync(path, "file");
    begin(0);
    apply(0);
    change_marker();
    BOOST_TEST(!is_in_sync(path, "file"), "an event has told of it");
    BOOST_TEST(unasking.stop().value_or(-1) == 0);

    logged_daemon verifying({"--verify", "1", "--interval", "20", path, marker});
    BOOST_TEST_REQUIRE(wait_until([&] { return verifying.times_logged(": watching") == 2; }, reaction_bound));
    require_in_sync(path, "file");
    begin(1);
    apply(1);
    require_in_sync(path, "file");
    BOOST_TEST(verifying.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

void is_followed(const std::function<void(const std::string& path)>& prepare,
                 const std::function<void(const std::string& path)>& apply) {
    const scratch_file file;
    prepare(file.path());
    logged_daemon daemon({"--verify", "1", file.path()});
    require_sync(file.path(), "after the start");
    const file_map before = map_of(file.path());
    apply(file.path());
    BOOST_TEST_REQUIRE((map_of(file.path()).runs != before.runs), "nothing has moved: the test would prove nothing");
    require_sync(file.path(), "after the change");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    delete_all_regions(shared_device().name());
}

namespace {

void store_into_hole(const held_file& file, const std::string&, unsigned turn) {
    constexpr std::size_t length = 64 * KiB;
    const auto offset = static_cast<off_t>((2 + turn) * MiB);
    void* const memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), offset);
    file.require(memory != MAP_FAILED, "mmap");
    std::memset(memory, 'm', length);
    const int synced = ::msync(memory, length, MS_SYNC);
    ::munmap(memory, length);
    file.require(synced == 0, "msync");
}

const unnoticed_change mapped_store{"found_by_verify_alone",
                                    [](const std::string& path) {
                                        file_editor(path).write_and_sync(0, MiB);
                                        file_editor(path).truncate(8 * MiB);
                                    },
                                    {},
                                    store_into_hole};

const bool registered = [] {
    add_case(add_suite("store_through_mmap_into_a_hole"), mapped_store.name,
             [] { is_found_by_verify_alone(mapped_store); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
