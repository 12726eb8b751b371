#include "fs/written_state.hpp"

#include <filemap/fs/file_tracker.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <cerrno>
#include <optional>

#include <fcntl.h>

namespace filemap::fs {
namespace {

std::string cause(int error) {
    return error_code(error, boost::system::system_category()).message();
}

// Fills in the members that every present file has. The descriptor must be open.
result<void> refresh_at(file_snapshot& at) {
    if (::fstat(at.file.get(), &at.status) != 0) return last_system_failure("fstat");
    auto identity = identify(at.file.get(), at.status);
    if (!identity) return identity.error();
    at.identity = std::move(*identity);
    at.found = file_snapshot::state::present;
    return {};
}

result<extent_map> map_open(int file, std::size_t expected) {
    auto map = read_extent_map(file, expected);
    if (map && !map->written.empty() && !listed_as_written_is_written(file)) map->written = {};
    return map;
}

// Maps the file through a descriptor that is reopened for reading, because FIEMAP rejects O_PATH. Reopening does not
// depend on the file's current name.
result<extent_map> map_at(const file_snapshot& at, const file_identity& first, std::size_t expected) {
    const auto file = reopen(at.file.get(), "open");
    if (!file) return file.error();
    // The initial file was checked before; another file at its path may be a realtime file.
    if (at.identity != first) {
        auto refused = require_device_addresses(file->get(), "the file at the path");
        if (!refused) return refused.error();
    }
    return map_open(file->get(), expected);
}

bool is_same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool is_same_file(const descriptor& one, const descriptor& other) {
    struct stat a {
    }, b{};
    if (!one.is_open() || !other.is_open()) return one.is_open() == other.is_open();
    return ::fstat(one.get(), &a) == 0 && ::fstat(other.get(), &b) == 0 && is_same_file(a, b);
}

class file_at_path final : public file_tracker {
public:
    file_at_path(std::string path, file_identity first) : path_(std::move(path)), first_(std::move(first)) {}

    const file_identity& first() const noexcept override { return first_; }

    result<file_snapshot> find() override {
        file_snapshot at;
        at.directory = descriptor{::open(directory().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
        if (at.directory.is_open())
            at.file = descriptor{::openat(at.directory.get(), name().c_str(), O_PATH | O_CLOEXEC)};
        if (!at.file.is_open()) {
            if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENXIO)
                return last_system_failure(path_);
            at.reason = cause(errno);
            return at;
        }
        if (auto looked = refresh_at(at); !looked) return looked.error();
        if (!S_ISREG(at.status.st_mode)) return not_followable(std::move(at), "not a regular file");
        if (at.identity.device != first_.device)
            return not_followable(std::move(at), "on another device, " + to_string(at.identity.device));
        return at;
    }

    // While the descriptors are open, their inode numbers cannot be reused.
    bool revalidate(file_snapshot& at) override {
        if (!at.file.is_open() || !at.directory.is_open()) return file_tracker::revalidate(at);
        struct stat held {
        }, directory_now{}, now{};
        if (::fstat(at.directory.get(), &held) != 0 || ::stat(directory().c_str(), &directory_now) != 0 ||
            ::fstatat(at.directory.get(), name().c_str(), &now, 0) != 0)
            return false;
        if (!is_same_file(held, directory_now) || !is_same_file(at.status, now) || at.status.st_nlink != now.st_nlink)
            return false;
        at.status = now;
        return true;
    }

    result<extent_map> map(const file_snapshot& at, std::size_t expected) override {
        return map_at(at, first_, expected);
    }

private:
    std::string directory() const { return path_.substr(0, path_.rfind('/') + 1); }
    std::string name() const { return path_.ends_with('/') ? "." : path_.substr(path_.rfind('/') + 1); }

    static file_snapshot not_followable(file_snapshot at, std::string reason) {
        at.found = file_snapshot::state::missing;
        at.reason = std::move(reason);
        at.file.close();
        return at;
    }

    std::string path_;
    file_identity first_;
};

// Opens the file by its handle, so that between calls nothing pins the file or the file system.
class file_by_handle final : public file_tracker {
public:
    file_by_handle(file_identity identity, std::string mount_point)
        : identity_(std::move(identity)), mount_point_(std::move(mount_point)) {}

    const file_identity& first() const noexcept override { return identity_; }

    result<file_snapshot> find() override {
        auto mount = open_mount();
        if (!mount) return mount.error();
        file_snapshot at;
        auto file = open_by_identity(mount->get(), identity_, O_PATH);
        if (!file) {
            if (file.error().code != errc::file_dead) return file.error();
            at.found = file_snapshot::state::dead;
            return at;
        }
        at.file = std::move(*file);
        if (auto looked = refresh_at(at); !looked) return looked.error();
        return at;
    }

    result<extent_map> map(const file_snapshot& at, std::size_t expected) override {
        return map_at(at, identity_, expected);
    }

private:
    result<descriptor> open_mount() {
        if (auto mount = open_if_on_device(mount_point_)) return mount;
        // The file system is mounted elsewhere now, or unmounted.
        const auto points = mount_points_of(identity_.device);
        if (!points) return points.error();
        std::optional<failure> failed;
        for (const std::string& point : *points) {
            auto mount = open_if_on_device(point);
            if (mount) {
                mount_point_ = point;
                return mount;
            }
            failed = mount.error();
        }
        if (failed) return *failed;
        return failure{error_code(ENODEV, boost::system::system_category()), "the file system"};
    }

    result<descriptor> open_if_on_device(const std::string& point) const {
        descriptor mount{::open(point.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
        struct stat status {};
        if (!mount.is_open() || ::fstat(mount.get(), &status) != 0) return last_system_failure(point);
        if (device_id{status.st_dev} != identity_.device)
            return failure{error_code(EBUSY, boost::system::system_category()), point + " is mounted over"};
        return mount;
    }

    file_identity identity_;
    std::string mount_point_;
};

// Tracks a file without handles, or without the right to open by handle: the file stays open, which keeps it alive
// and mounted. A write lease is granted only to the last process that has the file open, which detects a dead file.
class file_held_open final : public file_tracker {
public:
    file_held_open(descriptor file, file_identity first) : file_(std::move(file)), first_(std::move(first)) {}

    const file_identity& first() const noexcept override { return first_; }

    result<file_snapshot> find() override {
        file_snapshot at;
        at.file = descriptor{::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0)};
        if (!at.file.is_open()) return last_system_failure("dup");
        if (auto looked = refresh_at(at); !looked) return looked.error();
        at.pinned = true;
        if (at.status.st_nlink == 0 && nobody_else_has_it()) at.found = file_snapshot::state::dead;
        return at;
    }

    result<extent_map> map(const file_snapshot& at, std::size_t expected) override {
        return map_open(at.file.get(), expected);
    }

private:
    bool nobody_else_has_it() const {
        if (::fcntl(file_.get(), F_SETLEASE, F_WRLCK) != 0) return false;
        ::fcntl(file_.get(), F_SETLEASE, F_UNLCK);
        return true;
    }

    descriptor file_;
    file_identity first_;
};

}  // namespace

bool file_tracker::revalidate(file_snapshot& at) {
    const file_snapshot before = std::move(at);
    at = {};
    auto now = find();
    if (!now) return false;
    at = *std::move(now);
    return at.found == before.found && at.identity == before.identity && at.status.st_nlink == before.status.st_nlink &&
           is_same_file(at.directory, before.directory);
}

result<std::unique_ptr<file_tracker>> follow_file(const std::string& path, follow_mode mode, int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_system_failure("fstat");
    return follow_file(path, mode, file, status);
}

result<std::unique_ptr<file_tracker>> follow_file(const std::string& path, follow_mode mode, int file,
                                                  const struct stat& status) {
    auto identity = identify(file, status);
    if (!identity) return identity.error();
    if (mode == follow_mode::path) return std::make_unique<file_at_path>(path, std::move(*identity));

    if (!identity->handle.empty()) {
        const auto points = mount_points_of(identity->device);
        if (points && !points->empty()) {
            auto by_handle = std::make_unique<file_by_handle>(*identity, points->front());
            if (by_handle->find()) return by_handle;
        }
    }
    auto held = reopen(file, path);
    if (!held) return held.error();
    return std::make_unique<file_held_open>(std::move(*held), std::move(*identity));
}

}  // namespace filemap::fs
