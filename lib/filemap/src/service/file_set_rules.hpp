#pragma once

#include <filemap/error.hpp>
#include <filemap/file_set.hpp>
#include <filemap/monitor.hpp>

#include <string>

/// What becomes of a file of a `file_set`. Pure.
namespace filemap {

/// After the end of its monitor, by itself.
struct after_end {
    file_state state;
    /// Whether what is at the path now is tried at once, even if it is the same file; if not, only another one is.
    bool try_same_file;
    /// Whether what is at the path is tried again after some time.
    bool retry;
    std::string reason;
};
[[nodiscard]] after_end what_follows(const monitor_end& end, const std::string& path, bool was_watching);

/// After it was looked for and not found, or cannot be followed.
struct after_search {
    file_state state;
    /// Whether what happens on the way of the path matters.
    bool watch_path;
    /// Whether time alone may mend it.
    bool retry;
    std::string reason;
};
[[nodiscard]] after_search what_follows(const failure& failed, const std::string& path, bool must_exist);

}  // namespace filemap
