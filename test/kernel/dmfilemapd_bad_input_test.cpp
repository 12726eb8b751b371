#include "support/run_dmfilemapd.hpp"
#include "support/scratch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
using words = std::vector<std::string>;

constexpr std::uint64_t file_size = 65536;

/// A device with ext4 on which nothing is to change, whatever is refused.
class untouched_device {
public:
    untouched_device() : device_("bad", "ext4", 64) {
        file_editor(path()).write_and_sync(0, file_size);
        before_ = regions();
    }
    untouched_device(const untouched_device&) = delete;
    untouched_device& operator=(const untouched_device&) = delete;
    ~untouched_device() { BOOST_TEST(regions() == before_); }

    [[nodiscard]] std::string path(const std::string& name = "file") const { return device_.path() + '/' + name; }
    std::string message(const words& parts) const {
        words command{"dmsetup", "message", device_.name(), "0"};
        command.insert(command.end(), parts.begin(), parts.end());
        return run_or_throw(command);
    }
    void expect_regions() { before_ = regions(); }

private:
    [[nodiscard]] std::string regions() const { return message({"@stats_list"}); }

    scratch_device device_;
    std::string before_;
};

/// Another name for a file, for as long as this lives.
class moved_away {
public:
    explicit moved_away(std::string path) : path_(std::move(path)) { std::filesystem::rename(path_, path_ + ".away"); }
    moved_away(const moved_away&) = delete;
    moved_away& operator=(const moved_away&) = delete;
    ~moved_away() { std::filesystem::rename(path_ + ".away", path_); }

private:
    std::string path_;
};

/// The file by name, by descriptor, and as the file of a group: each is refused for the same reason.
void check_file_refused(const std::string& path, const std::string& cause) {
    const inherited_descriptor file(path, O_RDONLY);
    check_refused({path}, cause, 1);
    check_refused({"--foreground", path}, cause, 1);
    check_refused({"--group-id", "0", "--path", path}, cause, 1);
    check_refused({file.number(), "0", path, "inode"}, cause, 1);
    check_refused({file.number(), "0", path, "path", "1", "3"}, cause, 1);
}

void check_new_file_refused(const std::string& path, const std::string& cause) {
    file_editor(path).write_and_sync(0, file_size);
    check_file_refused(path, path + cause);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dmfilemapd_bad_input)

BOOST_AUTO_TEST_CASE(files_off_device_mapper) {
    check_new_file_refused("/tmp/file", " (device 0:");
    check_file_refused("/tmp/file", ": not on a device-mapper device");
}

BOOST_AUTO_TEST_CASE(file_system_without_extent_maps) {
    const scratch_device device("minix", "minix", 16);
    check_new_file_refused(device.path() + "/file", ": the file system has no extent map (FIEMAP)");
}

BOOST_AUTO_TEST_CASE(btrfs) {
    const scratch_device device("btrfs", "btrfs", 110);
    check_new_file_refused(device.path() + "/file", " (btrfs): ");
}

BOOST_AUTO_TEST_CASE(overlayfs) {
    const untouched_device device;
    for (const char* directory : {"lower", "upper", "work", "merged"}) {
        std::filesystem::create_directory(device.path(directory));
    }
    const std::string options =
        "lowerdir=" + device.path("lower") + ",upperdir=" + device.path("upper") + ",workdir=" + device.path("work");
    run_or_throw({"mount", "-t", "overlay", "-o", options, "overlay", device.path("merged")});
    check_new_file_refused(device.path("merged/file"), " (overlayfs): ");
    run_or_throw({"umount", device.path("merged")});
}

BOOST_AUTO_TEST_CASE(realtime_file_of_xfs) {
    const scratch_device realtime("rt", "none", 64);
    ::setenv("MOUNT_OPTIONS", ("rtdev=" + realtime.node()).c_str(), 1);
    {
        const scratch_device device("xfsrt", "xfs", 310, {"-d", "rtinherit=1", "-r", "rtdev=" + realtime.node()});
        check_new_file_refused(device.path() + "/file", " (realtime file of xfs): ");
    }
    ::unsetenv("MOUNT_OPTIONS");
}

BOOST_AUTO_TEST_CASE(groups_that_are_none) {
    untouched_device device;
    device.message({"@stats_create", "0+8", "8", "dmstats"});
    device.expect_regions();
    const std::string path = device.path();
    const inherited_descriptor file(path, O_RDONLY);
    check_refused({file.number(), "1", path, "inode"}, "group 1 on device ", 1);
    check_refused({file.number(), "1", path, "inode", "1"}, ": no such group", 1);
    check_refused({file.number(), "0", path, "path"}, ": this region leads no group", 1);
    check_refused({"--group-id", "2147483647", "--path", path}, ": no such group", 1);
    check_refused({"--dry-run", "--group-id", "1", "--path", path}, ": no such group", 1);
    check_refused({file.number(), "2147483648", path, "inode"}, "GROUP_ID '2147483648': greater than 2147483647", 2);
}

BOOST_AUTO_TEST_CASE(path_of_another_file) {
    const untouched_device device;
    file_editor(device.path("other")).write_and_sync(0, file_size);
    const inherited_descriptor file(device.path(), O_RDONLY);
    for (const char* mode : {"inode", "path"}) {
        check_refused({file.number(), "0", device.path("other"), mode}, ": another file is at this path", 1);
        check_refused({file.number(), "0", device.path(".."), mode}, ": another file is at this path", 1);
    }
    check_refused({file.number(), "0", device.path("nothing"), "path"}, "nothing: No such file or directory", 1);
}

BOOST_AUTO_TEST_CASE(block_device_instead_of_file) {
    const untouched_device device;
    check_refused({"/dev/mapper/bad"}, "/dev/mapper/bad (block device): not a regular file", 1);
}

BOOST_AUTO_TEST_CASE(one_bad_file_prevents_start) {
    const untouched_device device;
    check_refused({device.path(), device.path("nothing")}, "nothing: No such file or directory", 1);
    check_refused({device.path(), device.path()}, ": the same file as ", 1);
}

BOOST_AUTO_TEST_CASE(alias_that_no_reader_could_parse) {
    const untouched_device device;
    for (const char* alias : {"a:b", "line\nend", "voil\xc3\xa0"}) {
        check_refused({"--alias", alias, device.path()}, "--alias '", 2);
    }
}

BOOST_AUTO_TEST_CASE(no_control_node) {
    const untouched_device device;
    const inherited_descriptor file(device.path(), O_RDONLY);
    const moved_away control("/dev/mapper/control");
    check_refused({device.path()}, "/dev/mapper/control: No such file or directory", 1);
    check_refused({file.number(), "0", device.path(), "inode"}, "/dev/mapper/control: No such file or directory", 1);
}

BOOST_AUTO_TEST_CASE(no_permission) {
    const untouched_device device;
    std::filesystem::permissions(device.path(), std::filesystem::perms(0644));
    const auto run_as = [&](const words& privileges) {
        words command{"setpriv"};
        command.insert(command.end(), privileges.begin(), privileges.end());
        command.insert(command.end(), {"--", FILEMAP_DAEMON, device.path()});
        return run_program(command);
    };
    const program_result stranger = run_as({"--reuid", "nobody", "--clear-groups"});
    BOOST_TEST(stranger.status == 1);
    BOOST_TEST(stranger.err == "dmfilemapd: open /dev/mapper/control: Permission denied\n");
    const program_result bounded = run_as({"--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"});
    BOOST_TEST(bounded.status == 1);
    BOOST_TEST(bounded.err.ends_with(": Permission denied\n"), bounded.err);
    BOOST_TEST(std::ranges::count(bounded.err, '\n') == 1);
    std::filesystem::permissions(device.path(), std::filesystem::perms(0600));
    const program_result reader = run_as({"--reuid", "nobody", "--clear-groups"});
    BOOST_TEST(reader.err == "dmfilemapd: " + device.path() + ": Permission denied\n");
}

BOOST_AUTO_TEST_SUITE_END()
