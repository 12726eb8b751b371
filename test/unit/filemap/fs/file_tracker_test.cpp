#include "unit/filemap/fs/scratch_directory.hpp"

#include <filemap/fs/file_tracker.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace filemap::fs {
namespace {

using state = file_snapshot::state;

/// Removes these capabilities of the first 32 from this thread until destruction. Other capabilities stay.
class without_capabilities {
public:
    explicit without_capabilities(unsigned taken) {
        BOOST_REQUIRE(::syscall(SYS_capget, &head_, before_) == 0);
        __user_cap_data_struct fewer[2] = {before_[0], before_[1]};
        fewer[0].effective &= ~taken;
        BOOST_REQUIRE(::syscall(SYS_capset, &head_, fewer) == 0);
    }
    without_capabilities(const without_capabilities&) = delete;
    without_capabilities& operator=(const without_capabilities&) = delete;
    ~without_capabilities() { ::syscall(SYS_capset, &head_, before_); }

private:
    __user_cap_header_struct head_{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct before_[2]{};
};

/// Removes the right to open files by handle.
struct without_handles : without_capabilities {
    without_handles() : without_capabilities(1u << CAP_DAC_READ_SEARCH) {}
};

struct fixture {
    test::scratch_directory directory;
    std::string path = directory / "file";
    descriptor file = directory.make("file");

    std::unique_ptr<file_tracker> follow(follow_mode mode) {
        auto followed = follow_file(path, mode, file.get());
        BOOST_REQUIRE(followed.has_value());
        return std::move(*followed);
    }
    void rename_away() const { BOOST_REQUIRE(::rename(path.c_str(), (directory / "elsewhere").c_str()) == 0); }
    void unlink() const { BOOST_REQUIRE(::unlink(path.c_str()) == 0); }
};

BOOST_FIXTURE_TEST_SUITE(file_at_path_suite, fixture)

BOOST_AUTO_TEST_CASE(present_file_has_directory) {
    const auto access = follow(follow_mode::path);
    file.close();
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::present));
    BOOST_TEST(seen->file.is_open());
    BOOST_TEST(seen->directory.is_open());
    BOOST_TEST(!seen->pinned);
    BOOST_TEST(seen->status.st_size == 7);
    BOOST_TEST((identify(seen->file.get()).value() == seen->identity));
}

BOOST_AUTO_TEST_CASE(missing_file_has_directory) {
    const auto access = follow(follow_mode::path);
    unlink();
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason == "No such file or directory");
    BOOST_TEST(!seen->file.is_open());
    BOOST_TEST(seen->directory.is_open());
}

BOOST_AUTO_TEST_CASE(path_without_its_directory_is_missing) {
    const test::scratch_directory other;
    BOOST_REQUIRE(::mkdir((other / "d").c_str(), 0700) == 0);
    path = other / "d/file";
    const auto access = follow(follow_mode::path);
    BOOST_REQUIRE(::rmdir((other / "d").c_str()) == 0);
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(!seen->directory.is_open());
    // A file in place of the directory is no directory either.
    (void)other.make("d");
    seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason == "Not a directory");
}

BOOST_AUTO_TEST_CASE(replacing_file_has_own_identity) {
    const auto access = follow(follow_mode::path);
    const file_identity before = access->find()->identity;
    (void)directory.make("new", "longer content");
    BOOST_REQUIRE(::rename((directory / "new").c_str(), path.c_str()) == 0);
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::present));
    BOOST_TEST((seen->identity != before));
    BOOST_TEST(seen->status.st_size == 14);
}

BOOST_AUTO_TEST_CASE(revalidate_detects_replaced_file) {
    const auto access = follow(follow_mode::path);
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(access->revalidate(*seen));
    BOOST_REQUIRE(::ftruncate(file.get(), 12345) == 0);
    BOOST_TEST(access->revalidate(*seen));
    BOOST_TEST(seen->status.st_size == 12345);
    rename_away();
    BOOST_TEST(!access->revalidate(*seen));
    const descriptor other = directory.make("file");
    BOOST_TEST(!access->revalidate(*seen));
}

BOOST_AUTO_TEST_CASE(revalidate_detects_links_and_moves) {
    const std::string below = directory / "below", beside = directory / "beside";
    BOOST_REQUIRE(::mkdir(below.c_str(), 0700) == 0);
    path = below + "/file";
    BOOST_REQUIRE(::link((directory / "file").c_str(), path.c_str()) == 0);
    const auto access = follow(follow_mode::path);
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(access->revalidate(*seen));
    BOOST_REQUIRE(::unlink((directory / "file").c_str()) == 0);
    BOOST_TEST(!access->revalidate(*seen));
    seen = access->find();
    BOOST_REQUIRE(::rename(below.c_str(), beside.c_str()) == 0);
    BOOST_REQUIRE(::mkdir(below.c_str(), 0700) == 0);
    BOOST_REQUIRE(::rename((beside + "/file").c_str(), path.c_str()) == 0);
    BOOST_TEST(!access->revalidate(*seen));
}

BOOST_AUTO_TEST_CASE(revalidate_detects_appeared_file) {
    const auto access = follow(follow_mode::path);
    rename_away();
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(access->revalidate(*seen));
    const descriptor other = directory.make("file");
    BOOST_TEST(!access->revalidate(*seen));
}

BOOST_AUTO_TEST_CASE(directory_or_fifo_is_refused) {
    const auto access = follow(follow_mode::path);
    unlink();
    BOOST_REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason == "not a regular file");
    BOOST_TEST(!seen->file.is_open());

    BOOST_REQUIRE(::rmdir(path.c_str()) == 0);
    // The fifo has no writer, so opening it would block.
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason == "not a regular file");
}

BOOST_AUTO_TEST_CASE(symbolic_link_is_followed) {
    const auto access = follow(follow_mode::path);
    rename_away();
    BOOST_REQUIRE(::symlink("elsewhere", path.c_str()) == 0);
    BOOST_TEST((access->find()->found == state::present));
    unlink();
    BOOST_REQUIRE(::symlink("nowhere", path.c_str()) == 0);
    const auto dangling = access->find();
    BOOST_REQUIRE(dangling.has_value());
    BOOST_TEST((dangling->found == state::missing));
    BOOST_TEST(dangling->reason == "No such file or directory");
    unlink();
    BOOST_REQUIRE(::symlink("file", path.c_str()) == 0);
    BOOST_TEST((access->find()->found == state::missing));
}

BOOST_AUTO_TEST_CASE(file_on_other_device_is_refused) {
    const auto access = follow(follow_mode::path);
    const descriptor elsewhere{::memfd_create("filemap", MFD_CLOEXEC)};
    const std::string link = "/proc/self/fd/" + std::to_string(elsewhere.get());
    unlink();
    BOOST_REQUIRE(::symlink(link.c_str(), path.c_str()) == 0);
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason.starts_with("on another device, 0:"));
}

BOOST_AUTO_TEST_CASE(snapshot_map_matches_extents) {
    const auto access = follow(follow_mode::path);
    BOOST_REQUIRE(::fsync(file.get()) == 0);
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    const auto map = access->map(*seen, 0);
    const auto extents = read_extents(file.get());
    BOOST_REQUIRE(map.has_value() == extents.has_value());
    if (!map) return;
    BOOST_TEST((map->ranges == make_extent_map(*extents).ranges));
    BOOST_TEST(!map->ranges.empty());
    BOOST_TEST(map->extents == extents->size());
}

BOOST_AUTO_TEST_SUITE_END()

// Checks that hold for both ways to track an inode.
void check_rename_and_death(fixture& f) {
    const auto access = f.follow(follow_mode::inode);
    auto before = access->find();
    BOOST_REQUIRE(before.has_value());
    BOOST_TEST((before->found == state::present));

    f.rename_away();
    (void)f.directory.make("file", "another one");
    auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::present));
    BOOST_TEST((seen->identity == before->identity));
    BOOST_TEST(!seen->directory.is_open());
    BOOST_TEST(access->map(*seen, 0).has_value() == read_extents(f.file.get()).has_value());
    seen->file.close();

    BOOST_REQUIRE(::unlink((f.directory / "elsewhere").c_str()) == 0);
    seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::present));
    BOOST_TEST(seen->status.st_nlink == 0u);
    seen->file.close();

    f.file.close();
    // Close the found file, as after a refresh. Only a tracker that holds the file open keeps it alive.
    *seen = file_snapshot{};
    *before = file_snapshot{};
    seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::dead));
}

BOOST_FIXTURE_TEST_SUITE(inode_suite, fixture)

bool is_pinned(fixture& f) {
    return f.follow(follow_mode::inode)->find()->pinned;
}

BOOST_AUTO_TEST_CASE(handle_follows_rename_until_death) {
    if (is_pinned(*this)) {
        BOOST_TEST_MESSAGE("not tried: no file handles here, or no right to open by them");
        return;
    }
    check_rename_and_death(*this);
}

BOOST_AUTO_TEST_CASE(open_file_follows_rename_until_death) {
    const without_handles no_right;
    BOOST_REQUIRE(is_pinned(*this));
    check_rename_and_death(*this);
}

BOOST_AUTO_TEST_CASE(mapped_file_lives_on) {
    void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file.get(), 0);
    BOOST_REQUIRE(memory != MAP_FAILED);
    const without_handles no_right;
    const auto held = follow(follow_mode::inode);
    unlink();
    file.close();
    BOOST_TEST((held->find()->found == state::present));
    BOOST_REQUIRE(::munmap(memory, 4096) == 0);
    BOOST_TEST((held->find()->found == state::dead));
}

BOOST_AUTO_TEST_CASE(file_with_another_link_lives_on) {
    const auto access = follow(follow_mode::inode);
    BOOST_REQUIRE(::link(path.c_str(), (directory / "link").c_str()) == 0);
    unlink();
    file.close();
    const auto seen = access->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::present));
    BOOST_TEST(seen->status.st_nlink == 1u);
}

BOOST_AUTO_TEST_CASE(closed_descriptor_gives_kernel_error) {
    for (const follow_mode mode : {follow_mode::inode, follow_mode::path})
        BOOST_TEST(follow_file(path, mode, -1).error().code.value() == EBADF);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(file_identity_suite, fixture)

BOOST_AUTO_TEST_CASE(identity_ignores_open_mode) {
    const descriptor by_path{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    const auto identity = identify(file.get());
    BOOST_REQUIRE(identity.has_value());
    BOOST_TEST((identify(by_path.get()).value() == *identity));
    struct stat status {};
    BOOST_REQUIRE(::fstat(file.get(), &status) == 0);
    BOOST_TEST(identity->inode == status.st_ino);
    BOOST_TEST((identity->device == device_id{status.st_dev}));
    const descriptor other = directory.make("other");
    BOOST_TEST((identify(other.get()).value() != *identity));
}

BOOST_AUTO_TEST_CASE(mount_point_is_on_its_device) {
    const device_id device = identify(file.get())->device;
    const auto points = mount_points_of(device);
    BOOST_REQUIRE(points.has_value());
    // Only the last mount at a path is visible there; earlier mounts may be hidden.
    const bool any_seen = std::any_of(points->begin(), points->end(), [&](const std::string& point) {
        struct stat status {};
        return ::stat(point.c_str(), &status) == 0 && device_id{status.st_dev} == device;
    });
    BOOST_TEST((points->empty() || any_seen));
    BOOST_TEST(mount_points_of({4095, 1048575})->empty());
}

BOOST_AUTO_TEST_CASE(countable_device_refuses_other_files) {
    const descriptor folder{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    BOOST_TEST(countable_device(folder.get(), "d").error().code == make_error_code(errc::not_regular_file));
    const descriptor memory{::memfd_create("filemap", MFD_CLOEXEC)};
    const auto refused = countable_device(memory.get(), "name");
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code == make_error_code(errc::not_device_mapper));
    BOOST_TEST(refused.error().context.starts_with("name (device 0:"));
    BOOST_TEST(countable_device(-1, "name").error().code.value() == EBADF);
}

BOOST_AUTO_TEST_CASE(known_device_is_not_opened) {
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    known_devices known;
    const auto refused = find_trackable_file(path, follow_mode::path, &known);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code == make_error_code(errc::not_device_mapper));
    BOOST_TEST(!known.contains(device_id{status.st_dev}));
    known.add(device_id{status.st_dev});
    const auto found = find_trackable_file(path, follow_mode::path, &known);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST((found->device == device_id{status.st_dev}));
    BOOST_TEST(found->access->first().inode == status.st_ino);
    BOOST_TEST(find_trackable_file(directory.path(), follow_mode::path, &known).error().code ==
               make_error_code(errc::not_regular_file));
}

BOOST_AUTO_TEST_CASE(unreadable_file_is_refused_early) {
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    known_devices known;
    known.add(device_id{status.st_dev});
    BOOST_REQUIRE(::chmod(path.c_str(), 0) == 0);
    const without_capabilities may_not(1u << CAP_DAC_READ_SEARCH | 1u << CAP_DAC_OVERRIDE);
    const auto refused = find_trackable_file(path, follow_mode::path, &known);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code.value() == EACCES);
    BOOST_TEST(refused.error().context == path);
}

BOOST_AUTO_TEST_CASE(trailing_slash_names_no_file) {
    auto access = follow_file(directory.path() + '/', follow_mode::path, file.get());
    BOOST_REQUIRE(access.has_value());
    const auto seen = (*access)->find();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->found == state::missing));
    BOOST_TEST(seen->reason == "not a regular file");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
