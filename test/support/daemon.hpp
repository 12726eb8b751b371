#pragma once

#include "support/map_check.hpp"
#include "support/process.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// The built `dmfilemapd`.
[[nodiscard]] std::string daemon_executable();

/// "PATH=..." that finds our daemon before any other.
[[nodiscard]] std::string path_with_daemon();

/// The daemon's start: by stock `dmstats create --filemap`, or with the file on its command line.
enum class start_form { dmstats_inode, dmstats_path, own_inode, own_path };

[[nodiscard]] std::string_view name_of(start_form form);

[[nodiscard]] constexpr bool follows_path(start_form form) {
    return form == start_form::dmstats_path || form == start_form::own_path;
}

/// The command that starts monitoring a file.
[[nodiscard]] std::vector<std::string> start_command(start_form form, const std::string& file);

/// A daemon in the background. The destructor kills it if it still runs.
class running_daemon {
public:
    /// Fate of all regions of the device in the destructor.
    enum class regions_afterwards { go, stay };

    /// Starts a daemon and waits until it is in the background. Throws std::runtime_error on failure.
    running_daemon(start_form form, const std::string& file, regions_afterwards regions = regions_afterwards::go)
        : running_daemon(start_command(form, file), file, regions) {}
    running_daemon(const std::vector<std::string>& command, const std::string& file,
                   regions_afterwards regions = regions_afterwards::go);
    running_daemon(const running_daemon&) = delete;
    running_daemon& operator=(const running_daemon&) = delete;
    ~running_daemon();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Exit status, or nothing if the daemon still runs.
    [[nodiscard]] std::optional<int> wait_for_end(milliseconds bound);
    /// Sends SIGTERM and waits.
    [[nodiscard]] std::optional<int> stop();

private:
    std::string device_;
    regions_afterwards regions_;
    pid_t pid_ = -1;
};

/// Deletes all regions of a device.
void delete_all_regions(const std::string& device);

/// Waits until the oracle finds the file in sync and completely allocated. Returns the last report.
[[nodiscard]] map_report wait_for_sync(const std::string& file, milliseconds bound, const group_choice& choice = {});

}  // namespace filemap::test
