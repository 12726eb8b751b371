#include <filemap/fs/countable_file.hpp>

#include <algorithm>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

namespace filemap::fs {
namespace {

std::string_view kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR: return "directory";
        case S_IFIFO: return "fifo";
        case S_IFCHR: return "character device";
        case S_IFBLK: return "block device";
        case S_IFSOCK: return "socket";
        default: return "special file";
    }
}

failure not_regular(const std::string& subject, const struct stat& status) {
    return {errc::not_regular_file, subject + " (" + std::string(kind_of(status.st_mode)) + ')'};
}

}  // namespace

result<void> require_regular(int file, const std::string& subject) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_system_failure(subject);
    if (S_ISREG(status.st_mode)) return {};
    return not_regular(subject, status);
}

result<descriptor> reopen(int file, const std::string& subject) {
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    descriptor opened{::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!opened.is_open()) return last_system_failure(subject);
    return opened;
}

result<descriptor> open_regular(const std::string& path, const std::string& subject) {
    const descriptor found{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (!found.is_open()) return last_system_failure(subject);
    if (auto regular = require_regular(found.get(), subject); !regular) return regular.error();
    return reopen(found.get(), subject);
}

bool known_devices::contains(device_id device) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(devices_, device) != devices_.end();
}

void known_devices::add(device_id device) {
    const std::scoped_lock lock(mutex_);
    if (std::ranges::find(devices_, device) == devices_.end()) devices_.push_back(device);
}

result<countable_file> find_countable_file(const std::string& path, follow_mode mode, known_devices* known) {
    const descriptor found{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (!found.is_open()) return last_system_failure(path);
    struct stat status {};
    if (::fstat(found.get(), &status) != 0) return last_system_failure(path);
    if (!S_ISREG(status.st_mode)) return not_regular(path, status);
    const device_id device{status.st_dev};
    if (!known || !known->contains(device)) {
        const auto file = reopen(found.get(), path);
        if (!file) return file.error();
        if (const auto countable = countable_device(file->get(), path); !countable) return countable.error();
        if (known) known->add(device);
    }
    auto access = follow_file(path, mode, found.get());
    if (!access) return failure{access.error().code, path};
    return countable_file{device, std::move(*access)};
}

}  // namespace filemap::fs
