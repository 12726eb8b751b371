#pragma once

#include <filemap/export.hpp>
#include <filemap/fs/descriptor.hpp>
#include <filemap/fs/extent_map.hpp>
#include <filemap/fs/file_identity.hpp>

#include <memory>
#include <string>

#include <sys/stat.h>

namespace filemap::fs {

/// Object that a monitor follows when a file is renamed or replaced.
enum class follow_mode {
    /// The file, under any name.
    inode,
    /// The file that is currently at the path.
    path,
};

/// State of a file at one moment. Holds descriptors, which pin the file system, so keep it for one refresh only.
struct file_snapshot {
    enum class state {
        present,
        /// No regular file is at the path (path mode).
        missing,
        /// The file is unlinked and not open in any process (inode mode).
        dead,
    };

    state found = state::missing;
    /// Reason why the file is missing, for people.
    std::string reason;
    /// O_PATH descriptor of the file. Open if the file is present.
    descriptor file;
    /// O_PATH descriptor of the path's directory (path mode), if the directory exists.
    descriptor directory;
    file_identity identity;
    struct stat status {};
    /// The tracker holds the file open between calls, so the file's deletion raises no event (inode mode without file
    /// handles).
    bool pinned = false;
};

/**
 * @brief Finds the monitored file and maps its extents.
 * @details Tests implement this interface for simulated files. The calls block. The monitor calls one function at a
 * time, off the event loop.
 */
class FILEMAP_API file_tracker {
public:
    virtual ~file_tracker() = default;
    /// Returns the identity of the initial file.
    [[nodiscard]] virtual const file_identity& first() const noexcept = 0;
    [[nodiscard]] virtual result<file_snapshot> find() = 0;
    /// Returns true if the file is unchanged since @p at: same file, same directory, same number of links. Updates the
    /// status in @p at.
    [[nodiscard]] virtual bool revalidate(file_snapshot& at);
    /// @param expected Likely number of extents.
    [[nodiscard]] virtual result<extent_map> map(const file_snapshot& at, std::size_t expected) = 0;
};

/**
 * @brief Tracks a file of this machine, which is open only during calls.
 * @param path   Absolute.
 * @param file   Any descriptor of the initial file, also O_PATH; borrowed for this call.
 * @par Errors   Errors of `identify`; errors of open(2) for a file without a handle.
 */
[[nodiscard]] FILEMAP_API result<std::unique_ptr<file_tracker>> follow_file(const std::string& path, follow_mode mode,
                                                                            int file);
/// @param status Result of fstat(2) for the file.
[[nodiscard]] FILEMAP_API result<std::unique_ptr<file_tracker>> follow_file(const std::string& path, follow_mode mode,
                                                                            int file, const struct stat& status);

}  // namespace filemap::fs
