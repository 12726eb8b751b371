#pragma once

#include <filemap/export.hpp>
#include <filemap/logger.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace filemap::fs {

class watch_hub;

/// Definition of a glob.
struct glob_spec {
    /// Pattern as in glob(7): absolute, without "." and "..", with single slashes.
    std::string pattern;
    /// Matches the last component of the pattern in all subdirectories, too.
    bool recursive = false;
    /// Patterns of names, or of paths if absolute. A matching directory is not entered.
    std::vector<std::string> exclude;

    friend bool operator==(const glob_spec&, const glob_spec&) = default;
};

struct glob_limits {
    /// Maximum number of directories. Further directories are ignored, which is logged once.
    std::size_t directories = 10'000;
    std::size_t files = 100'000;
    /// Interval of complete scans where watches are not available.
    std::chrono::milliseconds unwatched{std::chrono::seconds{30}};
};

/// Called on the event loop's thread. Must neither throw nor destroy the glob's watch.
struct glob_handlers {
    std::function<void(const std::string& path)> found;
    /// Called when a file no longer exists or is no longer a regular file.
    std::function<void(const std::string& path)> gone;
    /// Called once, when all initially existing files have been reported.
    std::function<void()> ready;
};

/**
 * @brief Reports the regular files that match a glob, as they appear and disappear.
 * @details
 * Watches each directory that may contain a match; after an event only the named entries are checked. Symbolic links
 * match nothing and are not entered, except on the way to the base. A file replaced by another one stays a match
 * without a report.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class FILEMAP_API glob_watch {
public:
    /// @param hub      nullptr: no watches. Must outlive this object. `file_set::watch_glob` makes this object.
    /// @param blocking Executor whose threads may block. Reads one directory at a time.
    glob_watch(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, watch_hub* hub,
               glob_spec spec, glob_handlers handlers, logger log, glob_limits limits = {});
    glob_watch(glob_watch&&) noexcept;
    glob_watch& operator=(glob_watch&&) noexcept;
    /// Stops all reports.
    ~glob_watch();

    [[nodiscard]] const glob_spec& spec() const noexcept;
    [[nodiscard]] bool ready() const noexcept;
    void for_each(const std::function<void(const std::string& path)>& told) const;
    [[nodiscard]] bool contains(const std::string& path) const;

    /// Reads all directories again, after changes without events, such as mounts.
    void refresh_again();

private:
    struct FILEMAP_LOCAL state;
    std::shared_ptr<state> state_;
};

}  // namespace filemap::fs
