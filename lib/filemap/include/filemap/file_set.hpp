#pragma once

#include <filemap/config.hpp>
#include <filemap/export.hpp>
#include <filemap/fs/file_identity.hpp>
#include <filemap/fs/glob_watch.hpp>
#include <filemap/fs/trackable_file.hpp>
#include <filemap/logger.hpp>
#include <filemap/monitor.hpp>
#include <filemap/service.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace filemap {

enum class file_state {
    /// No file that can be monitored is at the path. The set detects when one appears.
    waiting,
    /// The set is looking up the file, or the monitor is in its first refresh.
    starting,
    following,
    /// Another program removed the group. Monitoring restarts on request, or when another file is at the path.
    ended,
    /// The file cannot be monitored. The set retries on request, when another file is at the path, and when mounts
    /// change.
    failed,
};
inline constexpr std::size_t file_states = 5;

[[nodiscard]] FILEMAP_API std::string_view describe(file_state state) noexcept;

/// A file to monitor.
struct file_request {
    /// Absolute path of the file.
    std::string path;
    /// Settings of the monitor, shared by all files with the same settings. The path, group and alias in the settings
    /// are ignored.
    std::shared_ptr<const monitor_config> settings;
    /// `monitor_config::alias_part`.
    std::string alias_part;
    /// Treats a missing file as a failure, which lasts until the file is requested again.
    bool must_exist = false;
};

/// Effect of a changed request on a running monitor.
enum class request_change {
    none,
    /// The monitor continues with the new settings (`monitor::configure`).
    settings,
    /// A new monitor with a new group replaces the monitor, because the follow mode differs.
    monitor,
};
/// Returns the effect of replacing one request by another. Pure.
[[nodiscard]] FILEMAP_API request_change change_between(const file_request& before, const file_request& after);

/// State of a file of a set. Valid until the set changes.
struct file_info {
    const file_request& request;
    file_state state;
    /// Explanation of the state for people; empty if the state says everything.
    const std::string& reason;
    /// Status of the monitor; nullptr without a monitor.
    const monitor_status* status;
    /// Identity of the file (`monitor::file`); nullptr without a monitor.
    const fs::file_identity* file;
};

/// Treatment of files that a new list does not contain.
enum class unlisted_files { end, stay };

/// Callbacks of a file set. Called on the event loop's thread. Must not throw and must not change the set.
struct file_set_handlers {
    /// Called when a file's state or its reason changes.
    std::function<void(const file_info&)> changed;
    /// Called when the monitor's status changes (`monitor_handlers::changed`).
    std::function<void(const file_info&)> synced;
    std::function<void(const std::string& path)> removed;
    /// Called once after each `apply`, when no file is `starting` any more.
    std::function<void()> settled;
};

struct file_set_options {
    /// Function that looks up a file. May block. Tests replace it.
    std::function<result<fs::trackable_file>(const std::string&, fs::follow_mode)> find =
        [known = std::make_shared<fs::known_devices>()](const std::string& path, fs::follow_mode mode) {
            return fs::find_trackable_file(path, mode, known.get());
        };
    /// Maximum number of concurrent lookups of files. While lookups hang, up to as many further lookups may run.
    std::size_t lookups = 4;
    std::chrono::milliseconds hang_timeout{std::chrono::seconds{5}};
    /// Interval of lookups without an event: where watches are not available, or after a failure that may be
    /// temporary.
    std::chrono::milliseconds retry{std::chrono::seconds{30}};
    /// Minimum time between lookups of all files because of mounts.
    std::chrono::milliseconds mount_pause{std::chrono::seconds{1}};
};

/**
 * @brief Monitors a set of files of a `service`, whether they exist or not.
 * @details
 * Waits for missing files, and adopts a file's group again when the file reappears. The set is driven by events, so an
 * idle set never wakes up. The blocking executor opens and checks the files. A file system that does not answer
 * occupies one thread, is reported as hanging, and delays no other file until `2 * lookups` threads hang. A file with
 * two names is monitored once. The other name is in state failed until the first name is removed.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class FILEMAP_API file_set {
public:
    /// @param on       Service that runs the monitors, with `keep_running` set. Must outlive this object.
    /// @param blocking Executor with `2 * lookups` threads of its own that may block.
    file_set(service& on, boost::asio::any_io_executor blocking, logger log, file_set_handlers handlers,
             file_set_options options = {});
    file_set(const file_set&) = delete;
    file_set& operator=(const file_set&) = delete;
    /// Detaches the handlers. The monitors continue.
    ~file_set();

    /**
     * @brief Replaces the files of the set. The policy @p others applies to files that are not in the list.
     * @details A file with an unchanged request continues unchanged; if the file has ended or failed, the set retries.
     * When a file ends, `monitor_config::delete_on_exit` decides whether its regions are deleted.
     */
    void apply(std::vector<file_request> files, unlisted_files others = unlisted_files::end);
    /// Adds a file, or changes its request.
    void add(file_request file);
    /// Removes a file. Its monitor ends as configured by `monitor_config::delete_on_exit`. @return True if the set had
    /// the file.
    bool remove(const std::string& path);
    /// Removes a file once its monitor has ended by itself. A file without a monitor is removed at once.
    void release(const std::string& path);

    /// Refreshes a file at once, in any state.
    /// @param done Called as by `monitor::async_sync`; without a monitor, called at once. May be empty.
    /// @return     True if the set has the file.
    bool resync(const std::string& path, std::function<void(error_code)> done);

    /// Reads the counters of a file.
    /// @param done Called as by `monitor::async_read`; `operation_aborted` without a monitor. Never called from inside
    /// this function.
    /// @return     True if the set has the file.
    bool read(const std::string& path, std::function<void(error_code, const file_counters&)> done) const;

    /**
     * @brief Reports the regular files that match a glob. Does not add them to the set.
     * @details The directories are also read again after mounts, at most once per `file_set_options::mount_pause`.
     * @param blocking Executor whose threads may block. Reads directories, one at a time.
     * @return The watch, which ends when it is destroyed. Destroy it before the set.
     */
    [[nodiscard]] std::shared_ptr<fs::glob_watch> watch_glob(fs::glob_spec spec, boost::asio::any_io_executor blocking,
                                                             fs::glob_handlers handlers);

    /// Stops all monitors, as `service::stop`. The set starts no monitor afterwards.
    void stop();

    [[nodiscard]] std::size_t size() const noexcept;
    /// Returns the number of files by `file_state`.
    [[nodiscard]] const std::array<std::size_t, file_states>& counts() const noexcept;
    /// Visits at most @p most files after @p path, in ascending order of path. @return Number of visited files.
    std::size_t for_each_after(const std::string& path, std::size_t most,
                               const std::function<void(const file_info&)>& told) const;
    /// Calls @p told with the file at @p path. @return True if the set has the file.
    bool with(const std::string& path, const std::function<void(const file_info&)>& told) const;

private:
    struct FILEMAP_LOCAL state;
    std::shared_ptr<state> state_;
};

}  // namespace filemap
