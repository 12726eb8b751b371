#pragma once

#include <filemap/export.hpp>
#include <filemap/fs/descriptor.hpp>
#include <filemap/fs/extent_map.hpp>
#include <filemap/fs/file_identity.hpp>

#include <memory>
#include <string>

#include <sys/stat.h>

namespace filemap::fs {

/// Object to monitor when a file and its name part.
enum class follow_mode {
    /// The file, whatever becomes of its name.
    inode,
    /// Whatever file is at the path.
    path,
};

/// A file as it was found at one moment. Holds descriptors: keep it for one round only, for they pin the file system.
struct file_snapshot {
    enum class state {
        present,
        /// Nothing followable is at the path (path mode).
        missing,
        /// Unlinked, and not open in any process (inode mode).
        dead,
    };

    state found = state::missing;
    /// Why it is missing, for a person.
    std::string reason;
    /// O_PATH. Open if present.
    descriptor file;
    /// O_PATH, the directory of the path (path mode), if it is there.
    descriptor directory;
    file_identity identity;
    struct stat status {};
    /// The file is held open between calls, so that its death raises no event (inode mode without file handles).
    bool pinned = false;
};

/**
 * @brief Finds the followed file, and where it lies.
 * @details The seam below which tests put files of their own making. The calls block and are made off the event loop,
 * one at a time.
 */
class FILEMAP_API file_tracker {
public:
    virtual ~file_tracker() = default;
    /// The file that following begins with.
    [[nodiscard]] virtual const file_identity& first() const noexcept = 0;
    [[nodiscard]] virtual result<file_snapshot> find() = 0;
    /// Returns true if the file is unchanged since @p at: same file, same directory, same number of links. Updates
    /// the status.
    [[nodiscard]] virtual bool revalidate(file_snapshot& at);
    /// @param expected How many extents are likely.
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
/// @param status The file's own.
[[nodiscard]] FILEMAP_API result<std::unique_ptr<file_tracker>> follow_file(const std::string& path, follow_mode mode,
                                                                            int file, const struct stat& status);

}  // namespace filemap::fs
