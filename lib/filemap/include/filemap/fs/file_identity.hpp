#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/fs/descriptor.hpp>
#include <filemap/units.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace filemap::fs {

/// Identity of a file, stable across renames and for the life of the file system. A recycled inode number has a
/// different handle.
struct file_identity {
    device_id device;
    std::uint64_t inode = 0;
    /// Opaque type and bytes of the file handle; empty if the file system provides no handles.
    std::string handle;

    friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// @param file Any descriptor of the file, also O_PATH.
[[nodiscard]] FILEMAP_API result<file_identity> identify(int file);
/// @param status Result of fstat(2) for the file.
[[nodiscard]] FILEMAP_API result<file_identity> identify(int file, const struct stat& status);

/**
 * @brief Opens a file by its handle, independent of its name.
 * @param mount Any descriptor on the file's mount.
 * @param flags Flags of open(2).
 * @par Errors `errc::file_dead` (ESTALE) if the file no longer exists; EPERM without CAP_DAC_READ_SEARCH.
 */
[[nodiscard]] FILEMAP_API result<descriptor> open_by_identity(int mount, const file_identity& file, int flags);

/// Returns the paths at which this device's file system is mounted, from `/proc/self/mountinfo`.
[[nodiscard]] FILEMAP_API result<std::vector<std::string>> mount_points_of(device_id device);

/// Rejects files whose extents are not addresses of their device: files of btrfs, of overlayfs, and of the realtime
/// section of xfs.
/// @param file   Any descriptor of the file, also O_PATH.
/// @par Errors   `errc::unsupported_file_system`; errors of open(2) for files on xfs.
/// @par Blocking Like open(2) for files on xfs.
[[nodiscard]] FILEMAP_API result<void> require_device_addresses(int file, const std::string& path);

/// Cache of device-mapper devices whose file system has extent maps.
/// @par Thread-safety  Distinct and shared objects: safe.
class FILEMAP_API known_devices {
public:
    [[nodiscard]] bool contains(device_id device) const;
    void add(device_id device);

private:
    mutable std::mutex mutex_;
    std::vector<device_id> devices_;
};

/**
 * @brief Finds the device-mapper device whose regions can count the I/O of a file.
 * @return The device that the file's extents refer to.
 * @param file  Any descriptor of the file, also O_PATH.
 * @param known Devices found before; a found device is added. May be nullptr.
 * @par Errors  `errc::not_regular_file`, `errc::not_device_mapper`, `errc::unsupported_file_system` (btrfs,
 * overlayfs, realtime files of xfs), `errc::no_extent_map`; errors of open(2), because a file on an unknown device is
 * opened.
 * @par Blocking Like open(2).
 */
[[nodiscard]] FILEMAP_API result<device_id> countable_device(int file, const std::string& path,
                                                             known_devices* known = nullptr);
/// @param status Result of fstat(2) for the file.
[[nodiscard]] FILEMAP_API result<device_id> countable_device(int file, const struct stat& status,
                                                             const std::string& path, known_devices* known = nullptr);

}  // namespace filemap::fs
