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
    /// Bytes; absolute, without "." and "..", with single slashes. No two files have the same.
    std::string path;
    file_state state = file_state::waiting;
    /// One line of text for people; empty while the file is monitored.
    std::string reason;
    file_origin origin = file_origin::configuration;
    /// "FILE:LINE" of the table in the configuration; empty for `file_origin::control`.
    std::string named_at;
    std::optional<filemap::device_id> device;
    /// None while the file has no extents.
    std::optional<filemap::group_id> group;
    std::size_t regions = 0;
    std::size_t extents = 0;
    /// End of the last round after which group and file agreed.
    std::optional<time_point> synced_at;
    /// Error of the last refresh; empty if it succeeded.
    std::string error;
};

/// A key of the configuration's `[[file]]` table and its value, of the type that the configuration has it in.
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
    /// Empty while nothing follows the file, and nothing is known from before.
    std::optional<filemap::monitor_status> monitor;
    /// Settings in force, with defaults.
    std::vector<setting> settings;
};

struct service_status {
    time_point started_at;
    /// Empty without one.
    std::string configuration;
    /// Time of the last reading, successful or not.
    std::optional<time_point> loaded_at;
    /// Error of the last reading, after which the earlier configuration stays in force; empty on success.
    std::string load_error;
    /// Number of files by @ref file_state.
    std::array<std::size_t, filemap::file_states> files{};
    /// Number of the last event; 0 before the first.
    std::uint64_t last_event = 0;
};

/// A change of a file or of the service. Listeners receive events in the order of their numbers.
struct event {
    enum class kind {
        /// A file is new, or its state changed (`state`, `text` is the reason).
        state,
        /// A file left the list.
        removed,
        /// A file has another group (`group`), or none.
        group,
        /// A round that changed the group ended: group and file agree (`group`, `regions`, `extents`).
        synced,
        /// A round failed (`text`).
        error,
        /// The configuration was read again; `text` says why it was refused, and is empty if it was not.
        reload,
    };
    kind what = kind::state;
    /// From 1, without gaps.
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

/// Answer for the client: JSON without a line end.
using answer_text = boost::system::result<std::string, refused>;
using text_completion = std::function<void(answer_text)>;

/**
 * @brief The service as the control socket sees it.
 * @details All calls come from the event loop's thread, and return at once.
 */
class target {
public:
    virtual ~target() = default;

    [[nodiscard]] virtual service_status status() const = 0;

    /// At most @p most files that come after @p path, ascending by the bytes of their paths; after "" from the first.
    /// So a list of any length is read in pieces, between which files may come and go.
    [[nodiscard]] virtual std::vector<file_summary> files_after(const std::string& path, std::size_t most) const = 0;

    [[nodiscard]] virtual std::optional<file_details> find(const std::string& path) const = 0;

    /// Adds a file until the program ends or @ref remove is called; a reload does not affect it. Settings that are
    /// not given come from the configuration's defaults. Completes when the file is monitored or waited for. A file
    /// that cannot be monitored is `refused::cause::invalid` and is not listed. @p path as in @ref file_summary, here
    /// and below.
    virtual void add(const std::string& path, std::vector<setting> settings, completion done) = 0;

    /// Stops monitoring a file, however it was named. Completes when its monitor has ended. A reload brings a file of
    /// the configuration back.
    virtual void remove(const std::string& path, completion done) = 0;

    /// Maps the file and lists its group at once; complete when that has ended, as `refused::cause::failed` if it
    /// failed.
    virtual void resync(const std::string& path, completion done) = 0;
    /// Syncs all files except those that have `ended`. Requests in quick succession share one sync.
    virtual void resync_all(completion done) = 0;

    /// Maps the file and lists its group without changing either (`file_map`). Fails with `refused::cause::too_many`
    /// while earlier requests for the same device have no answer.
    /// @param counted Read the counters of the regions.
    virtual void map(const std::string& path, bool counted, text_completion done) = 0;

    /**
     * @brief Scans a device-mapper device with temporary regions for its most used places.
     * @param device Path of the device node.
     * @param told   Receives each line of JSON without a line end; never called from inside this function.
     * @param done   Called once, last, when no region is left. Called at once if another scan of the device runs.
     * @return A function that stops the scan; may be called at any time.
     */
    virtual std::function<void()> scan(const std::string& device, std::function<void(std::string)> told,
                                       completion done) = 0;

    /// Reads the configuration again; complete when it is in force or refused (`refused::cause::invalid`).
    virtual void reload(completion done) = 0;

    /// Snapshots of the files' counters.
    [[nodiscard]] virtual metrics::shared_snapshots& figures() = 0;

    /// Subscribes a hub to events for as long as the hub lives. Events are delivered from inside the change.
    virtual void on_event(std::weak_ptr<event_hub> told) = 0;
};

}  // namespace dmfilemapd::control
