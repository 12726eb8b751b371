#include "storage/storage.hpp"

#include <filemap/fs/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dirtylog {
namespace {

using filemap::last_system_failure;
using filemap::fs::descriptor;

// A new file survives a power cut only if its directory is synced.
result<void> sync_directory_of(const std::string& path) {
    const std::string above = std::filesystem::path(path).parent_path().string();
    const descriptor directory{::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory.is_open() || ::fsync(directory.get()) != 0) return last_system_failure(above);
    return {};
}

class file_storage : public storage {
public:
    file_storage(descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

    // Existing content stays as it is.
    result<void> reserve(bytes size) override {
        if (const int error = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(size.count())); error != 0)
            return errno_failure(error, "making room for " + std::to_string(size.count()) + " bytes in " + path_);
        if (::fsync(file_.get()) != 0) return last_system_failure(path_);
        return sync_directory_of(path_);
    }

    result<void> read(bytes at, std::span<std::byte> into) override {
        while (!into.empty()) {
            const ssize_t got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(at.count()));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return last_system_failure("reading " + path_);
            if (got == 0) break;
            at += bytes{static_cast<std::uint64_t>(got)};
            into = into.subspan(static_cast<std::size_t>(got));
        }
        std::ranges::fill(into, std::byte{});
        return {};
    }

    result<void> write(bytes at, std::span<const std::byte> from) override {
        while (!from.empty()) {
            const ssize_t put = ::pwrite(file_.get(), from.data(), from.size(), static_cast<off_t>(at.count()));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return last_system_failure("writing " + path_);
            at += bytes{static_cast<std::uint64_t>(put)};
            from = from.subspan(static_cast<std::size_t>(put));
        }
        return {};
    }

    result<void> sync() override {
        if (::fdatasync(file_.get()) != 0) return last_system_failure("fdatasync of " + path_);
        return {};
    }

    storage_place place() const override {
        struct stat status {};
        if (::fstat(file_.get(), &status) != 0) return {};
        return S_ISBLK(status.st_mode) ? storage_place{status.st_rdev, 0} : storage_place{status.st_dev, status.st_ino};
    }

protected:
    [[nodiscard]] int file() const noexcept { return file_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    descriptor file_;
    std::string path_;
};

class device_storage final : public file_storage {
public:
    device_storage(descriptor file, std::string path, dev_t number)
        : file_storage(std::move(file), std::move(path)), number_(number) {}

    result<void> reserve(bytes size) override {
        std::uint64_t has = 0;
        if (::ioctl(file(), BLKGETSIZE64, &has) != 0) return last_system_failure("size of " + path());
        if (has >= size.count()) return {};
        return errno_failure(ENOSPC, path() + " has " + std::to_string(has) + " bytes, and " +
                                         std::to_string(size.count()) + " are needed");
    }
    std::string device() const override { return filemap::to_string(filemap::device_id(number_)); }

private:
    dev_t number_;
};

// Opening must neither wait for the other end of a fifo nor have side effects on a character device.
constexpr int harmless = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

}  // namespace

result<std::unique_ptr<storage>> open_log_storage(const std::string& path) {
    // Do not create a regular file in /dev for a missing device.
    const int make = path.starts_with("/dev/") ? 0 : O_CREAT;
    descriptor file{::open(path.c_str(), O_RDWR | harmless | make, 0600)};
    if (!file.is_open()) return last_system_failure("opening " + path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_system_failure(path);
    if (S_ISREG(status.st_mode)) return std::unique_ptr<storage>(new file_storage(std::move(file), path));
    if (!S_ISBLK(status.st_mode)) return errno_failure(ENOTSUP, path + " is neither a file nor a block device");
    return std::unique_ptr<storage>(new device_storage(std::move(file), path, status.st_rdev));
}

result<std::unique_ptr<storage>> open_leg(const std::string& path) {
    descriptor file{::open(path.c_str(), O_RDONLY | harmless)};
    if (!file.is_open()) return last_system_failure("opening leg " + path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_system_failure(path);
    if (!S_ISBLK(status.st_mode)) return errno_failure(ENOTBLK, "leg " + path);
    return std::unique_ptr<storage>(new device_storage(std::move(file), path, status.st_rdev));
}

}  // namespace dirtylog
