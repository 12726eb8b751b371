#include <filemap/fs/extent_map.hpp>
#include <filemap/fs/file_identity.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace filemap::fs {
namespace {

struct handle_buffer {
    alignas(file_handle) unsigned char memory[sizeof(file_handle) + MAX_HANDLE_SZ];
    file_handle* get() noexcept { return reinterpret_cast<file_handle*>(memory); }
};

// /proc/self/mountinfo writes blanks, tabs, line ends and backslashes as three octal digits.
std::string unescape_mount_path(std::string_view text) {
    std::string path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3') {
            path += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            path += text[i];
        }
    }
    return path;
}

}  // namespace

result<file_identity> identify(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_system_failure("fstat");
    return identify(file, status);
}

result<file_identity> identify(int file, const struct stat& status) {
    file_identity identity{device_id{status.st_dev}, status.st_ino, {}};

    handle_buffer buffer{};
    buffer.get()->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (::name_to_handle_at(file, "", buffer.get(), &mount, AT_EMPTY_PATH) == 0) {
        identity.handle.assign(reinterpret_cast<const char*>(&buffer.get()->handle_type), sizeof(int));
        identity.handle.append(reinterpret_cast<const char*>(buffer.get()->f_handle), buffer.get()->handle_bytes);
    } else if (errno != EOPNOTSUPP && errno != EOVERFLOW && errno != ENOSYS && errno != EPERM) {
        return last_system_failure("name_to_handle_at");
    }
    return identity;
}

result<descriptor> open_by_identity(int mount, const file_identity& file, int flags) {
    handle_buffer buffer{};
    std::memcpy(&buffer.get()->handle_type, file.handle.data(), sizeof(int));
    buffer.get()->handle_bytes = static_cast<unsigned>(file.handle.size() - sizeof(int));
    std::memcpy(buffer.get()->f_handle, file.handle.data() + sizeof(int), buffer.get()->handle_bytes);
    descriptor opened{::open_by_handle_at(mount, buffer.get(), flags | O_CLOEXEC)};
    if (opened.is_open()) return opened;
    if (errno == ESTALE) return failure{errc::file_dead, "open_by_handle_at"};
    return last_system_failure("open_by_handle_at");
}

result<std::vector<std::string>> mount_points_of(device_id device) {
    std::ifstream mounts("/proc/self/mountinfo");
    if (!mounts) return last_system_failure("/proc/self/mountinfo");
    const std::string wanted = to_string(device);
    std::vector<std::string> points;
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string id, parent, number, root, point;
        if (fields >> id >> parent >> number >> root >> point && number == wanted)
            points.push_back(unescape_mount_path(point));
    }
    return points;
}

result<void> require_device_addresses(int file, const std::string& path) {
    struct statfs fs {};
    if (::fstatfs(file, &fs) != 0) return last_system_failure(path);
    switch (static_cast<unsigned long>(fs.f_type)) {
        case BTRFS_SUPER_MAGIC: return failure{errc::unsupported_file_system, path + " (btrfs)"};
        case OVERLAYFS_SUPER_MAGIC: return failure{errc::unsupported_file_system, path + " (overlayfs)"};
        case XFS_SUPER_MAGIC: {
            const auto opened = reopen(file, path);
            if (!opened) return opened.error();
            fsxattr attributes{};
            if (::ioctl(opened->get(), FS_IOC_FSGETXATTR, &attributes) == 0 &&
                (attributes.fsx_xflags & FS_XFLAG_REALTIME))
                return failure{errc::unsupported_file_system, path + " (realtime file of xfs)"};
            break;
        }
        default: break;
    }
    return {};
}

bool known_devices::contains(device_id device) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(devices_, device) != devices_.end();
}

void known_devices::add(device_id device) {
    const std::scoped_lock lock(mutex_);
    if (std::ranges::find(devices_, device) == devices_.end()) devices_.push_back(device);
}

result<device_id> countable_device(int file, const std::string& path, known_devices* known) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_system_failure(path);
    return countable_device(file, status, path, known);
}

result<device_id> countable_device(int file, const struct stat& status, const std::string& path, known_devices* known) {
    if (!S_ISREG(status.st_mode)) return failure{errc::not_regular_file, path};
    if (auto refused = require_device_addresses(file, path); !refused) return refused.error();

    const device_id device{status.st_dev};
    if (known && known->contains(device)) return device;
    const std::string sysfs = "/sys/dev/block/" + to_string(device) + "/dm";
    if (::access(sysfs.c_str(), F_OK) != 0) {
        return failure{errc::not_device_mapper, path + " (device " + to_string(device) + ')'};
    }
    const auto opened = reopen(file, path);
    if (!opened) return opened.error();
    if (const auto extents = read_extents(opened->get()); !extents) return failure{extents.error().code, path};
    if (known) known->add(device);
    return device;
}

}  // namespace filemap::fs
