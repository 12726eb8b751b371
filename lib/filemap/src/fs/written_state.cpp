#include "fs/written_state.hpp"

#include <filemap/units.hpp>

#include <fstream>
#include <string>

#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace filemap::fs {
namespace {

// Reads all options in force, which /proc/mounts does not list.
bool delays_allocation(device_id device) {
    // The path names a device-mapper device by its minor number.
    std::ifstream options("/proc/fs/ext4/dm-" + std::to_string(device.minor) + "/options");
    bool delays = false;
    for (std::string option; std::getline(options, option);) {
        if (option == "data=journal") return false;
        if (option == "delalloc") delays = true;
    }
    return delays;
}

bool journals_data(int file) {
    int flags = 0;
    return ::ioctl(file, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_JOURNAL_DATA_FL) != 0;
}

}  // namespace

bool listed_as_written_is_written(int file) {
    struct statfs fs {};
    struct stat status {};
    if (::fstatfs(file, &fs) != 0 || ::fstat(file, &status) != 0) return false;
    switch (static_cast<unsigned long>(fs.f_type)) {
        case XFS_SUPER_MAGIC: return true;
        // The magic number is also that of ext2 and ext3, which have other options.
        case EXT4_SUPER_MAGIC: return delays_allocation(device_id{status.st_dev}) && !journals_data(file);
        default: return false;
    }
}

}  // namespace filemap::fs
