#pragma once

#include <filemap/error.hpp>
#include <filemap/file_set.hpp>
#include <filemap/monitor.hpp>

#include <string>

/// Transitions of a file of a `file_set`. Pure.
namespace filemap {

/// Transition after a monitor has ended by itself.
struct after_end {
    file_state state;
    /// Try the file at the path at once even if it is the same file; otherwise only another file.
    bool try_same_file;
    /// Try the file at the path again after some time.
    bool retry;
    std::string reason;
};
[[nodiscard]] after_end what_follows(const monitor_end& end, const std::string& path, bool was_watching);

/// Transition after a lookup that found no file, or a file that cannot be monitored.
struct after_search {
    file_state state;
    /// Watch the directories of the path.
    bool watch_path;
    /// The failure may be temporary, so retry after some time.
    bool retry;
    std::string reason;
};
[[nodiscard]] after_search what_follows(const failure& failed, const std::string& path, bool must_exist);

}  // namespace filemap
