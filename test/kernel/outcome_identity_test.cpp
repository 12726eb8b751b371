// Choice of the monitored file when names, links, directories and mounts change.

#include "kernel/situation.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filemap::test {
namespace {

struct stat status_of(const std::string& path) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0, path);
    return status;
}

/// Makes a file with the size and number of blocks of the old one, at other places.
void make_alike(const std::string& path, std::uint64_t size, const std::string& between) {
    file_editor(path).allocate(0, 0, size / 2);
    file_editor(between).allocate(0, 0, MiB);
    file_editor(path).allocate(0, size / 2, size / 2);
    file_editor(path).sync();
}

/// Reuses the inode number. All of stat(2) is equal; only the generation in the file handle differs.
std::string number_is_taken_by_another(situation& at) {
    const struct stat before = status_of(at.path);
    const file_map map_before = map_of(at.path);
    at.freeze();
    std::filesystem::remove(at.path);
    const bool taken = wait_until(
        [&] {
            std::filesystem::remove(at.path);
            file_editor(at.path).truncate(0);
            return status_of(at.path).st_ino == before.st_ino;
        },
        reaction_bound);
    BOOST_TEST_REQUIRE(taken, "the number is not given out again: the test would prove nothing");
    make_alike(at.path, static_cast<std::uint64_t>(before.st_size), at.directory() + "/between");
    const struct stat after = status_of(at.path);
    BOOST_TEST_REQUIRE(after.st_size == before.st_size);
    BOOST_TEST_REQUIRE(after.st_blocks == before.st_blocks);
    BOOST_TEST_REQUIRE(map_of(at.path).runs != map_before.runs);
    at.thaw();
    return at.path;
}

void make_preallocated(situation& at) {
    file_editor(at.path).allocate(0, 0, MiB);
    file_editor(at.path).sync();
}

void make_with_another_link(situation& at) {
    file_editor(at.path).write_and_sync(0, MiB);
    std::filesystem::create_hard_link(at.path, at.upper() + "/link");
}

std::string is_removed_by_its_name(situation& at) {
    std::filesystem::remove(at.path);
    return at.upper() + "/link";
}

std::string is_removed_by_its_other_name(situation& at) {
    std::filesystem::remove(at.upper() + "/link");
    return at.path;
}

void make_behind_a_link(situation& at) {
    const std::string target = at.upper() + "/target";
    file_editor(target).write_and_sync(0, MiB);
    std::filesystem::create_symlink(target, at.path);
    // dmstats would name the group after the target of the link.
    at.creation = {"--alias", "file"};
}

std::string link_is_turned(situation& at) {
    const std::string other = at.upper() + "/other";
    file_editor(other).write_and_sync(0, 512 * KiB);
    std::filesystem::create_symlink(other, at.path + ".new");
    std::filesystem::rename(at.path + ".new", at.path);
    return at.follows_path() ? other : at.upper() + "/target";
}

std::string is_replaced_behind_a_link(situation& at) {
    const std::string fresh = at.upper() + "/fresh";
    file_editor(fresh).write_and_sync(0, 512 * KiB);
    std::filesystem::rename(fresh, at.upper() + "/target");
    return at.path;
}

std::string is_removed_behind_a_link(situation& at) {
    std::filesystem::remove(at.upper() + "/target");
    return {};
}

std::string directory_is_renamed(situation& at) {
    std::filesystem::rename(at.directory(), at.upper() + "/away");
    return at.upper() + "/away/file";
}

void with_patience(situation& at) {
    at.options = {"--verify", "0", "--tolerance", "60000"};
    file_editor(at.path).write_and_sync(0, MiB);
}

std::string directory_is_renamed_and_back(situation& at) {
    directory_is_renamed(at);
    if (at.follows_path()) at.expect_log(": waiting for the file to appear (");
    std::filesystem::rename(at.upper() + "/away", at.directory());
    return at.path;
}

std::string directory_is_replaced(situation& at) {
    const std::string other = at.upper() + "/other";
    std::filesystem::create_directory(other);
    file_editor(other + "/file").write_and_sync(0, 512 * KiB);
    BOOST_TEST_REQUIRE(::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, at.directory().c_str(), RENAME_EXCHANGE) == 0);
    return at.follows_path() ? at.path : other + "/file";
}

/// For a change without an event, which the verify timer finds.
void with_unasked_refreshes(situation& at) {
    at.options = {"--verify", "1", "--tolerance", "300"};
    file_editor(at.path).write_and_sync(0, MiB);
}

std::string directory_above_is_renamed(situation& at) {
    const std::string away = at.mount_point() + "/away";
    std::filesystem::rename(at.upper(), away);
    at.at_the_end([away] { std::filesystem::remove_all(away); });
    return away + "/directory/file";
}

void make_below_a_link(situation& at) {
    std::filesystem::create_directory_symlink(at.directory(), at.upper() + "/current");
    at.path = at.upper() + "/current/file";
    with_unasked_refreshes(at);
}

std::string link_above_is_turned(situation& at) {
    const std::string next = at.upper() + "/next";
    std::filesystem::create_directory(next);
    file_editor(next + "/file").write_and_sync(0, 512 * KiB);
    std::filesystem::create_directory_symlink(next, at.upper() + "/turned");
    std::filesystem::rename(at.upper() + "/turned", at.upper() + "/current");
    return at.follows_path() ? next + "/file" : at.directory() + "/file";
}

void mount_twice(situation& at) {
    const std::string second = "/mnt/second";
    std::filesystem::create_directories(second);
    run_or_throw({"mount", "--bind", at.directory(), second});
    at.at_the_end([second] { static_cast<void>(run_program({"umount", second})); });
    at.path = second + "/file";
    with_unasked_refreshes(at);
}

std::string is_unmounted_at_its_path(situation& at) {
    const bool unmounted = wait_until(
        [] {
            return run_program({"umount", "/mnt/second"}).status == 0;
        },
        reaction_bound);
    BOOST_TEST_REQUIRE(unmounted);
    return at.directory() + "/file";
}

std::string is_written_by_way_of_another_mount(situation& at) {
    file_editor(at.directory() + "/file").write_and_sync(4 * MiB, 256 * KiB);
    return at.directory() + "/file";
}

void mount_twice_without_unasked_refreshes(situation& at) {
    mount_twice(at);
    at.options = {"--verify", "0"};
}

const bool registered = add_outcome_cases(
    operations_on::identity,
    {
        {.name = "inode number taken by another file",
         .perform = number_is_taken_by_another,
         .prepare = make_preallocated},
        {.name = "removed, another link stays", .perform = is_removed_by_its_name, .prepare = make_with_another_link},
        {.name = "another link removed", .perform = is_removed_by_its_other_name, .prepare = make_with_another_link},
        {.name = "symbolic link turned to another file", .perform = link_is_turned, .prepare = make_behind_a_link},
        {.name = "replaced behind a symbolic link",
         .perform = is_replaced_behind_a_link,
         .prepare = make_behind_a_link},
        {.name = "removed behind a symbolic link", .perform = is_removed_behind_a_link, .prepare = make_behind_a_link},
        {.name = "its directory renamed", .perform = directory_is_renamed},
        {.name = "its directory renamed, and back",
         .perform = directory_is_renamed_and_back,
         .prepare = with_patience,
         .own_only = true},
        {.name = "its directory replaced by another", .perform = directory_is_replaced},
        {.name = "directory above renamed",
         .perform = directory_above_is_renamed,
         .prepare = with_unasked_refreshes,
         .own_only = true},
        {.name = "symbolic link above turned",
         .perform = link_above_is_turned,
         .prepare = make_below_a_link,
         .own_only = true},
        {.name = "unmounted at the path, not elsewhere",
         .perform = is_unmounted_at_its_path,
         .prepare = mount_twice,
         .own_only = true},
        {.name = "written by way of another mount",
         .perform = is_written_by_way_of_another_mount,
         .prepare = mount_twice_without_unasked_refreshes},
    });

/// dmstats passes the target of the link to the daemon, so a later change of the link has no effect.
void dmstats_resolves_links() {
    const scratch_file file;
    const std::string target = file.path() + ".target";
    file_editor(target).write_and_sync(0, MiB);
    std::filesystem::create_symlink(target, file.path());
    std::filesystem::create_directories("/tmp/started");
    {
        std::ofstream script("/tmp/started/dmfilemapd");
        script << "#!/bin/sh\necho \"$3\" >/tmp/started/path\n";
    }
    std::filesystem::permissions("/tmp/started/dmfilemapd", std::filesystem::perms(0755));
    const program_result started = run_program({"dmstats", "create", "--filemap", "--follow", "path", file.path()},
                                               seconds{30}, {std::string("PATH=/tmp/started:") + std::getenv("PATH")});
    delete_all_regions(shared_device().name());
    BOOST_TEST(started.status == 0, started.err);
    std::string told;
    const auto is_told = [&] { return static_cast<bool>(std::getline(std::ifstream("/tmp/started/path"), told)); };
    BOOST_TEST(wait_until(is_told, reaction_bound));
    BOOST_TEST(told == target);
}

const bool links_registered = [] {
    add_case(add_suite("symbolic_link"), "dmstats_resolves_it", dmstats_resolves_links);
    return true;
}();

}  // namespace
}  // namespace filemap::test
