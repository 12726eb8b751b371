// A device or file system that accepts no writes for a time does not block the daemon. A shrinking device does not end
// it.

#include "kernel/follow_fixture.hpp"
#include "support/logged_daemon.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <linux/falloc.h>

namespace filemap::test {
namespace {

using words = std::vector<std::string>;

struct device_state {
    const char* name;
    words begin;
    words end;
};

const std::vector<device_state>& states() {
    const std::string mount_point = "/mnt/shared";
    static const std::vector<device_state> all{
        {"suspended_device", {"dmsetup", "suspend", "shared"}, {"dmsetup", "resume", "shared"}},
        {"frozen_file_system", {"fsfreeze", "-f", mount_point}, {"fsfreeze", "-u", mount_point}},
        {"read_only_file_system",
         {"mount", "-o", "remount,ro", mount_point},
         {"mount", "-o", "remount,rw", mount_point}},
    };
    return all;
}

/// Blocks writes during its lifetime.
class unwritable {
public:
    explicit unwritable(const device_state& state) : end_(state.end) { run_or_throw(state.begin); }
    unwritable(const unwritable&) = delete;
    unwritable& operator=(const unwritable&) = delete;
    ~unwritable() { (void)run_program(end_); }

private:
    words end_;
};

/// The daemon follows a change made just before. A daemon can stop and another can start.
void follows_through(const device_state& state, const char* mode) {
    const scratch_file file;
    file.edit().write_and_sync(0, MiB);
    const words arguments{"--follow", mode, file.path()};
    logged_daemon daemon(arguments);
    require_sync(file.path(), "after the start");
    std::optional<unwritable> now;
    {
        const halted until_it_is(daemon.pid());
        file.edit().write_and_sync(8 * MiB, 256 * KiB);
        BOOST_TEST_REQUIRE(!check_map(file.path()).in_sync());
        now.emplace(state);
    }
    require_sync(file.path(), "while nothing can be written");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);

    logged_daemon successor(arguments);
    BOOST_TEST_REQUIRE(successor.logs_within(": watching, group ", reaction_bound), successor.log());
    now.reset();
    file.edit().write_and_sync(16 * MiB, 256 * KiB);
    require_sync(file.path(), "when it can be written again");
    BOOST_TEST(successor.stop().value_or(-1) == 0);
    BOOST_TEST((daemon.log() + successor.log()).find("warning") == std::string::npos, daemon.log() + successor.log());
    delete_all_regions(shared_device().name());
}

/// Preallocates until no space is left.
void fill(const std::string& path) {
    try {
        for (std::uint64_t at = 0;; at += 8 * MiB) file_editor(path).allocate(0, at, 8 * MiB);
    } catch (const std::system_error& full) {
        if (full.code().value() != ENOSPC) throw;
    }
}

/// Regions past the new end stay, because the file still has these sectors.
void follows_when_the_device_shrinks() {
    constexpr std::uint64_t size = 400 * MiB / 512, rest = size - 16 * MiB / 512;
    const scratch_device device("shrinking", file_system_under_test(), 400);
    const std::string path = device.path() + "/file";
    fill(path);
    file_editor(path).sync();
    running_daemon daemon(start_form::own_inode, path);
    require_sync(path, "after the start");

    std::string table = run_or_throw({"dmsetup", "table", device.name()});
    const std::string length = ' ' + std::to_string(size) + ' ';
    table.replace(table.find(length), length.size(), ' ' + std::to_string(rest) + ' ');
    run_or_throw({"dmsetup", "reload", device.name(), "--table", table});
    run_or_throw({"dmsetup", "suspend", device.name()});
    run_or_throw({"dmsetup", "resume", device.name()});
    file_editor(path).allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 16 * MiB, 8 * MiB);
    require_sync(path, "after a change to a file on a device that has shrunk");
    const map_report report = check_map(path);
    BOOST_TEST(std::ranges::any_of(report.regions, [](const listed_region& r) { return r.run.end() > rest; }),
               "the file does not reach past the end: the test would prove nothing");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

const bool registered = [] {
    for (const device_state& state : states()) {
        auto& suite = add_suite(state.name);
        for (const char* mode : {"inode", "path"})
            add_case(suite, mode, [&state, mode] { follows_through(state, mode); });
    }
    add_case(add_suite("device"), "that_shrinks", follows_when_the_device_shrinks);
    return true;
}();

}  // namespace
}  // namespace filemap::test
