#include <filemap/fs/trackable_file.hpp>

#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

std::string link_to(int file) {
    return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

result<struct stat> require_regular(int file, const std::string& subject) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_system_failure(subject);
    if (S_ISREG(status.st_mode)) return status;
    return failure{errc::not_regular_file, subject + " (" + std::string(kind_of(status.st_mode)) + ')'};
}

result<descriptor> reopen(int file, const std::string& subject) {
    descriptor opened{::open(link_to(file).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!opened.is_open()) return last_system_failure(subject);
    return opened;
}

result<descriptor> open_regular(const std::string& path, const std::string& subject) {
    const descriptor found{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (!found.is_open()) return last_system_failure(subject);
    if (auto regular = require_regular(found.get(), subject); !regular) return regular.error();
    return reopen(found.get(), subject);
}

result<trackable_file> find_trackable_file(const std::string& path, follow_mode mode, known_devices* known) {
    const descriptor file{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (!file.is_open()) return last_system_failure(path);
    const auto status = require_regular(file.get(), path);
    if (!status) return status.error();
    // A file on a known device is mapped later.
    if (::faccessat(AT_FDCWD, link_to(file.get()).c_str(), R_OK, AT_EACCESS) != 0) return last_system_failure(path);
    const auto device = countable_device(file.get(), *status, path, known);
    if (!device) return device.error();
    auto access = follow_file(path, mode, file.get(), *status);
    if (!access) return failure{access.error().code, path};
    return trackable_file{*device, std::move(*access)};
}

}  // namespace filemap::fs
