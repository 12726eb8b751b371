#pragma once

#include "common/http/event_hub.hpp"
#include "common/http/request_error.hpp"
#include "dmfilemapd/metrics/shared_snapshots.hpp"

#include <filemap/file_set.hpp>
#include <filemap/monitor.hpp>
#include <filemap/units.hpp>

#include <boost/system/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dmfilemapd::control {

using app::control::completion;
using app::control::event_hub;
using app::control::outcome;
using app::control::refused;
using time_point = std::chrono::system_clock::time_point;

using filemap::file_state;

/// Source that selected a file.
enum class file_origin { configuration, glob, control };

[[nodiscard]] std::string_view describe(file_origin origin) noexcept;

/// A row of the list of files.
struct file_summary {
    /// Path as bytes; absolute, without "." and "..", with single slashes. Paths are unique.
    std::string path;
    file_state state = file_state::waiting;
    /// One line of text for people; empty while the file is monitored.
    std::string reason;
    file_origin origin = file_origin::configuration;
    /// "FILE:LINE" of the table in the configuration; empty for `file_origin::control`.
    std::string named_at;
    std::optional<filemap::device_id> device;
    /// Empty while the file has no extents.
    std::optional<filemap::group_id> group;
    std::size_t regions = 0;
    std::size_t extents = 0;
    /// Time of the last refresh after which the group matched the file.
    std::optional<time_point> synced_at;
    /// Error of the last refresh; empty if it succeeded.
    std::string error;
};

/// Key of the configuration's `[[file]]` table and its value, with the type that the configuration uses.
struct setting {
    using value_type = std::variant<bool, std::int64_t, std::string>;
    std::string key;
    value_type value;
};

/// Details of one file.
struct file_details {
    file_summary summary;
    /// Alias of the group.
    std::string alias;
    std::string program_id;
    /// Empty if the file has neither a monitor nor an earlier status.
    std::optional<filemap::monitor_status> monitor;
    /// Settings in force, with defaults.
    std::vector<setting> settings;
};

struct service_status {
    time_point started_at;
    /// Path of the configuration file; empty without one.
    std::string configuration;
    /// Time of the last load, successful or not.
    std::optional<time_point> loaded_at;
    /// Error of the last load; empty on success. After an error the earlier configuration stays in force.
    std::string load_error;
    /// Number of files by @ref file_state.
    std::array<std::size_t, filemap::file_states> files{};
    /// Number of the last event; 0 before the first.
    std::uint64_t last_event = 0;
};

/// A change of a file or of the service. Listeners receive events in the order of their numbers.
struct event {
    enum class kind {
        /// File is new, or its state changed. `state` is the new state, `text` the reason.
        state,
        /// File left the list.
        removed,
        /// Group of the file changed (`group`), or the file has no group now.
        group,
        /// Refresh changed the group, and the group now matches the file (`group`, `regions`, `extents`).
        synced,
        /// Refresh failed; `text` is the error.
        error,
        /// Configuration was read again; `text` is the error, empty on success.
        reload,
    };
    kind what = kind::state;
    /// Consecutive number of the event, from 1.
    std::uint64_t number = 0;
    /// Empty for `kind::reload`.
    std::string path;
    file_state state = file_state::waiting;
    std::optional<filemap::group_id> group;
    std::size_t regions = 0;
    std::size_t extents = 0;
    std::string text;
};

[[nodiscard]] std::string_view describe(event::kind what) noexcept;

/// Response to the client: JSON without a line end, or the error.
using answer_text = boost::system::result<std::string, refused>;
using text_completion = std::function<void(answer_text)>;

/**
 * @brief Interface of the service for the control socket.
 * @details All calls come from the event loop's thread and return at once.
 */
class target {
public:
    virtual ~target() = default;

    [[nodiscard]] virtual service_status status() const = 0;

    /// Returns at most @p most files whose paths sort after @p path, ascending by bytes. With path "", starts at the
    /// first file. A client reads a long list in chunks, between which files may be added and removed.
    [[nodiscard]] virtual std::vector<file_summary> files_after(const std::string& path, std::size_t most) const = 0;

    [[nodiscard]] virtual std::optional<file_details> find(const std::string& path) const = 0;

    /// Adds a file until the program ends or @ref remove is called; a reload does not affect the file. Missing settings
    /// come from the configuration's defaults. Completes when the file is monitored or the service waits for the file.
    /// If the file cannot be monitored, fails with `refused::cause::invalid` and does not list the file.
    /// @param path Path as in @ref file_summary, here and below.
    virtual void add(const std::string& path, std::vector<setting> settings, completion done) = 0;

    /// Stops monitoring a file from any source. Completes when the monitor has ended. A reload restores a file of the
    /// configuration.
    virtual void remove(const std::string& path, completion done) = 0;

    /// Maps the file and lists its group at once. Completes afterwards; if the refresh failed, with
    /// `refused::cause::failed`.
    virtual void resync(const std::string& path, completion done) = 0;
    /// Syncs all files except files in the state `ended`. Requests in quick succession share one sync.
    virtual void resync_all(completion done) = 0;

    /// Maps the file and lists its group without changing either (`file_map`). If too many requests for the same device
    /// are pending, fails with `refused::cause::too_many`.
    /// @param counted True to read the counters of the regions.
    virtual void map(const std::string& path, bool counted, text_completion done) = 0;

    /**
     * @brief Scans a device-mapper device for its hot spots with temporary regions.
     * @param device Path of the device node.
     * @param told   Receives each line of JSON without a line end. Never called from inside this function.
     * @param done   Called once, last, when the last region is deleted. If another scan of the device runs, called at
     * once.
     * @return A function that stops the scan. The caller may call it at any time.
     */
    virtual std::function<void()> scan(const std::string& device, std::function<void(std::string)> told,
                                       completion done) = 0;

    /// Reads the configuration again. Completes when the configuration is in force; if it is invalid, with
    /// `refused::cause::invalid`.
    virtual void reload(completion done) = 0;

    /// Returns the shared snapshots of the files' counters.
    [[nodiscard]] virtual metrics::shared_snapshots& figures() = 0;

    /// Subscribes a hub to events for as long as the hub lives. Events are delivered from inside the change.
    virtual void on_event(std::weak_ptr<event_hub> told) = 0;
};

}  // namespace dmfilemapd::control
