#pragma once

#include "watch/glob_pattern.hpp"
#include "watch/watch_hub.hpp"

#include <filemap/logger.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace filemap::fs {

struct glob_limits {
    /// What lies beyond them is not looked at, which is said once.
    std::size_t directories = 10'000;
    std::size_t files = 100'000;
    /// How often all is read anew where watches cannot be had.
    std::chrono::milliseconds unwatched{std::chrono::seconds{30}};
};

/// Called on the event loop's thread. Must neither throw nor destroy the glob's watch.
struct glob_handlers {
    std::function<void(const std::string& path)> found;
    /// No longer there, or no longer a regular file.
    std::function<void(const std::string& path)> gone;
    /// Once: all that was there at first has been found.
    std::function<void()> ready;
};

/**
 * @brief The regular files that a glob matches, and those that come and go.
 * @details
 * Each directory that may hold a match is watched; after an event only the names that it told of are looked at.
 * Symbolic links are no matches and are not entered, but for those on the way to the base. A file that is replaced by
 * another stays a match, of which nothing is told.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all from the event loop's thread.
 */
class glob_watch {
public:
    /// @param hub      nullptr: nothing can be watched. Outlives this object.
    /// @param blocking Its threads may block. They read directories, one at a time.
    glob_watch(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, watch_hub* hub,
               glob_pattern pattern, glob_handlers handlers, logger log, glob_limits limits = {});
    glob_watch(glob_watch&&) noexcept;
    glob_watch& operator=(glob_watch&&) noexcept;
    /// Nothing is told any more.
    ~glob_watch();

    [[nodiscard]] const glob_pattern& pattern() const noexcept;
    [[nodiscard]] bool ready() const noexcept;
    void for_each(const std::function<void(const std::string& path)>& told) const;
    [[nodiscard]] bool contains(const std::string& path) const;

    /// Reads all directories anew: something may have changed of which no event tells, such as what is mounted.
    void refresh_again();

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace filemap::fs
