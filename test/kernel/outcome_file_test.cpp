// Operations that end a file, its file system or its device, and operations that do not.

#include "kernel/situation.hpp"

#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace filemap::test {
namespace {

/// Replaces the file at a path.
void replace(const std::string& path) {
    const std::string fresh = path + ".new";
    file_editor(fresh).write_and_sync(0, 512 * KiB);
    std::filesystem::rename(fresh, path);
}

std::string is_removed(situation& at) {
    std::filesystem::remove(at.path);
    return {};
}

std::string is_removed_while_open(situation& at) {
    const std::string held = at.hold(at.path, O_RDWR);
    std::filesystem::remove(at.path);
    return held;
}

std::string is_removed_while_mapped(situation& at) {
    const std::string held = at.hold(at.path, O_RDWR);
    const int file = std::stoi(held.substr(held.rfind('/') + 1));
    constexpr std::size_t length = 4 * KiB;
    void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    BOOST_TEST_REQUIRE((memory != MAP_FAILED));
    at.let_go();
    at.at_the_end([memory] { ::munmap(memory, length); });
    std::filesystem::remove(at.path);
    char link[64];
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    std::snprintf(link, sizeof link, "/proc/self/map_files/%zx-%zx", begin, begin + length);
    return link;
}

std::string is_removed_and_closed(situation& at) {
    const std::string held = is_removed_while_open(at);
    file_editor(held).write_and_sync(4 * MiB, 256 * KiB);
    if (!at.follows_path()) require_sync(held, "while it is open");
    at.let_go();
    return {};
}

std::string is_renamed(situation& at) {
    std::filesystem::rename(at.path, at.path + ".away");
    return at.path + ".away";
}

void with_patience(situation& at) {
    at.options = {"--verify", "0", "--tolerance", "60000"};
    file_editor(at.path).write_and_sync(0, MiB);
}

constexpr const char* is_missed = ": waiting for the file to appear (";

std::string is_renamed_and_back(situation& at) {
    const std::string away = is_renamed(at);
    if (at.follows_path()) at.expect_log(is_missed);
    std::filesystem::rename(away, at.path);
    return at.path;
}

std::string is_removed_and_made_again(situation& at) {
    std::filesystem::remove(at.path);
    if (at.follows_path()) at.expect_log(is_missed);
    file_editor(at.path).write_and_sync(0, 512 * KiB);
    return at.path;
}

std::string is_replaced(situation& at) {
    const file_map before = map_of(at.path);
    replace(at.path);
    BOOST_TEST_REQUIRE(map_of(at.path).runs != before.runs);
    return at.path;
}

std::string is_replaced_while_open(situation& at) {
    const std::string held = at.hold(at.path, O_RDWR);
    replace(at.path);
    return at.follows_path() ? at.path : held;
}

std::string is_replaced_by_a_directory(situation& at) {
    std::filesystem::remove(at.path);
    std::filesystem::create_directory(at.path);
    return {};
}

std::string is_replaced_by_a_file_elsewhere(situation& at) {
    file_editor("/tmp/elsewhere").write(0, MiB);
    std::filesystem::remove(at.path);
    std::filesystem::create_symlink("/tmp/elsewhere", at.path);
    return {};
}

std::string is_emptied(situation& at) {
    file_editor(at.path).truncate(0);
    return at.path;
}

std::string is_emptied_and_written(situation& at) {
    file_editor(at.path).truncate(0);
    at.expect_log("file has no extents");
    file_editor(at.path).write_and_sync(0, 256 * KiB);
    return at.path;
}

std::string is_emptied_and_removed(situation& at) {
    file_editor(at.path).truncate(0);
    at.expect_log("file has no extents");
    std::filesystem::remove(at.path);
    return {};
}

void make_empty(situation& at) {
    file_editor(at.path).truncate(0);
}

std::string is_written_for_the_first_time(situation& at) {
    BOOST_TEST(at.regions().empty());
    file_editor(at.path).write_and_sync(0, MiB);
    return at.path;
}

/// Unmounts at the first try: an idle daemon keeps no file system busy.
void unmount(situation& at, const std::vector<std::string>& options = {}) {
    at.left = at.regions().size();
    at.wait_until_quiet();
    std::vector<std::string> command{"umount"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(at.mount_point());
    run_or_throw(command);
}

void mount_again_at_the_end(situation& at) {
    const std::string node = "/dev/mapper/" + at.device();
    at.at_the_end([node, point = at.mount_point()] { run_or_throw({"mount", node, point}); });
}

std::string is_unmounted(situation& at) {
    unmount(at);
    mount_again_at_the_end(at);
    return {};
}

std::string is_unmounted_lazily(situation& at) {
    static_cast<void>(at.hold(at.path, O_RDONLY));
    unmount(at, {"--lazy"});
    mount_again_at_the_end(at);
    BOOST_TEST(!at.daemon().wait_for_end(milliseconds{0}));
    at.let_go();
    return {};
}

void on_a_device_of_its_own(situation& at) {
    at.use_own_device();
    file_editor(at.path).write_and_sync(0, MiB);
}

std::string is_unmounted_and_its_device_removed(situation& at) {
    unmount(at);
    at.left.reset();
    run_or_throw({"dmsetup", "remove", at.device()});
    return {};
}

/// A failing device and the attempt to remove it end nothing.
std::string fails_and_is_unmounted(situation& at) {
    BOOST_TEST(run_program({"dmsetup", "remove", "--force", at.device()}).status != 0, "a mounted device is removed");
    unmount(at);
    return {};
}

const bool registered = add_outcome_cases(
    operations_on::file,
    {
        {.name = "removed, open nowhere", .perform = is_removed},
        {.name = "removed, open elsewhere", .perform = is_removed_while_open},
        {.name = "removed, mapped elsewhere", .perform = is_removed_while_mapped},
        {.name = "removed, then closed by the last", .perform = is_removed_and_closed},
        {.name = "renamed", .perform = is_renamed},
        {.name = "renamed, and back in time",
         .perform = is_renamed_and_back,
         .prepare = with_patience,
         .own_only = true},
        {.name = "removed, and another made in time",
         .perform = is_removed_and_made_again,
         .prepare = with_patience,
         .own_only = true},
        {.name = "replaced by rename", .perform = is_replaced},
        {.name = "replaced by rename, open elsewhere", .perform = is_replaced_while_open},
        {.name = "replaced by a directory", .perform = is_replaced_by_a_directory},
        {.name = "replaced by a file on another device", .perform = is_replaced_by_a_file_elsewhere},
        {.name = "emptied", .perform = is_emptied},
        {.name = "emptied, then written", .perform = is_emptied_and_written},
        {.name = "emptied, then removed", .perform = is_emptied_and_removed},
        {.name = "empty at the start, then written",
         .perform = is_written_for_the_first_time,
         .prepare = make_empty,
         .own_only = true},
        {.name = "file system unmounted", .perform = is_unmounted},
        {.name = "unmounted lazily, then closed", .perform = is_unmounted_lazily},
        {.name = "unmounted, device removed",
         .perform = is_unmounted_and_its_device_removed,
         .prepare = on_a_device_of_its_own},
        {.name = "device fails, then unmounted", .perform = fails_and_is_unmounted, .prepare = on_a_device_of_its_own},
    });

}  // namespace
}  // namespace filemap::test
