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
    /// No file that can be monitored is at the path. Its appearance is detected.
    waiting,
    /// Being looked for, or in its first round.
    starting,
    following,
    /// Another program removed the group. Monitoring starts again on request, or when another file is at the path.
    ended,
    /// The file cannot be monitored. Retried on request, when another file is at the path, and when mounts change.
    failed,
};
inline constexpr std::size_t file_states = 5;

[[nodiscard]] FILEMAP_API std::string_view describe(file_state state) noexcept;

/// A file to monitor.
struct file_request {
    /// Absolute.
    std::string path;
    /// Shared by all files with the same settings; path, group and alias in it are ignored.
    std::shared_ptr<const monitor_config> settings;
    /// `monitor_config::alias_part`.
    std::string alias_part;
    /// That nothing is at the path is a failure, which lasts until the file is asked for again.
    bool must_exist = false;
};

/// Effect of a changed request on a running monitor.
enum class request_change {
    none,
    /// The monitor continues with other settings (`monitor::configure`).
    settings,
    /// Another one, of another group, takes its place: another follow mode.
    monitor,
};
/// Pure.
[[nodiscard]] FILEMAP_API request_change change_between(const file_request& before, const file_request& after);

/// A file of a set as it is. For as long as nothing of the set changes.
struct file_info {
    const file_request& request;
    file_state state;
    /// For a person; empty if there is nothing to add to the state.
    const std::string& reason;
    /// nullptr without a monitor.
    const monitor_status* status;
    /// See `monitor::file`; nullptr without a monitor.
    const fs::file_identity* file;
};

/// Treatment of files that a new list does not contain.
enum class unlisted_files { end, stay };

/// Called on the event loop's thread. Must not throw, and not change the set.
struct file_set_handlers {
    /// The state or its reason.
    std::function<void(const file_info&)> changed;
    /// Called when the monitor's status changes (`monitor_handlers::changed`).
    std::function<void(const file_info&)> synced;
    std::function<void(const std::string& path)> removed;
    /// No file is `starting`: once after each `apply`.
    std::function<void()> settled;
};

struct file_set_options {
    /// The seam for tests: how a file is found. Blocks.
    std::function<result<fs::trackable_file>(const std::string&, fs::follow_mode)> find =
        [known = std::make_shared<fs::known_devices>()](const std::string& path, fs::follow_mode mode) {
            return fs::find_trackable_file(path, mode, known.get());
        };
    /// Number of concurrent lookups of files, and of further ones while others hang.
    std::size_t lookups = 4;
    std::chrono::milliseconds hang_timeout{std::chrono::seconds{5}};
    /// How often files are looked for of which no event tells: where watches cannot be had, or after a failure that may
    /// pass.
    std::chrono::milliseconds retry{std::chrono::seconds{30}};
    /// However often something is mounted, files are looked for no more often than this.
    std::chrono::milliseconds mount_pause{std::chrono::seconds{1}};
};

/**
 * @brief Monitors a set of files of a `service`, whether they exist or not.
 * @details
 * Waits for missing files, and takes up a file's group again when the file comes back. All of this is driven by
 * events, so an idle set wakes up never. Files are opened and checked on the blocking executor. A file system that
 * does not answer occupies one thread, is reported as hanging, and delays no other file until `2 * lookups` threads
 * hang. A file with two names is monitored once; the other name is in state failed until the first one is dropped.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class FILEMAP_API file_set {
public:
    /// @param on       Runs `keep_running`. Outlives this object.
    /// @param blocking `2 * lookups` threads that may block, of its own.
    file_set(service& on, boost::asio::any_io_executor blocking, logger log, file_set_handlers handlers,
             file_set_options options = {});
    file_set(const file_set&) = delete;
    file_set& operator=(const file_set&) = delete;
    /// Monitors continue without the handlers.
    ~file_set();

    /**
     * @brief Replaces the files of the set; files that are not in the list stay or end as @p others says.
     * @details A file with an unchanged request is not touched, unless it has ended or failed: then it is tried
     * again. A file that ends keeps or loses its regions by `monitor_config::delete_on_exit`.
     */
    void apply(std::vector<file_request> files, unlisted_files others = unlisted_files::end);
    /// Adds a file, or changes its request.
    void add(file_request file);
    /// No longer to be followed: ends as `monitor_config::delete_on_exit` has it. @return Whether there is such a file.
    bool remove(const std::string& path);
    /// No longer to be followed once its monitor ends by itself. A file that has no monitor is removed.
    void release(const std::string& path);

    /// Looks at a file at once, whatever its state. @param done As `monitor::async_sync`; without a monitor at once.
    /// May be empty. @return Whether there is such a file.
    bool resync(const std::string& path, std::function<void(error_code)> done);

    /// Reads what the kernel has counted for a file. @param done As `monitor::async_read`; `operation_aborted` without
    /// a monitor. Never called from inside. @return Whether there is such a file.
    bool read(const std::string& path, std::function<void(error_code, const file_counters&)> done) const;

    /**
     * @brief Reports the regular files that match a glob. Does not add them to the set.
     * @details The directories are also read again after mounts, at most once per `file_set_options::mount_pause`.
     * @param blocking Executor whose threads may block. Reads directories, one at a time.
     * @return The watch, which ends when it is destroyed. Destroy it before the set.
     */
    [[nodiscard]] std::shared_ptr<fs::glob_watch> watch_glob(fs::glob_spec spec, boost::asio::any_io_executor blocking,
                                                             fs::glob_handlers handlers);

    /// Ends all monitors: as `service::stop`. None is started again.
    void stop();

    [[nodiscard]] std::size_t size() const noexcept;
    /// By `file_state`.
    [[nodiscard]] const std::array<std::size_t, file_states>& counts() const noexcept;
    /// At most @p most files that come after @p path, ascending by path. @return How many.
    std::size_t for_each_after(const std::string& path, std::size_t most,
                               const std::function<void(const file_info&)>& told) const;
    /// @return True if there is such a file.
    bool with(const std::string& path, const std::function<void(const file_info&)>& told) const;

private:
    struct FILEMAP_LOCAL state;
    std::shared_ptr<state> state_;
};

}  // namespace filemap
