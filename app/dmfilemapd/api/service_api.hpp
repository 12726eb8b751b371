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

/// Who named a file.
enum class file_origin { configuration, glob, control };

[[nodiscard]] std::string_view describe(file_origin origin) noexcept;

/// What a list says of one file.
struct file_summary {
    /// Bytes; absolute, without "." and "..", with single slashes. No two files have the same.
    std::string path;
    file_state state = file_state::waiting;
    /// For a person, in one line; empty while it is followed.
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
    /// What the last round complained of; empty if of nothing.
    std::string error;
};

/// A key of the configuration's `[[file]]` table and its value, of the type that the configuration has it in.
struct setting {
    using value_type = std::variant<bool, std::int64_t, std::string>;
    std::string key;
    value_type value;
};

/// What is told of one file that is asked for.
struct file_details {
    file_summary summary;
    /// Of the group.
    std::string alias;
    std::string program_id;
    /// Empty while nothing follows the file, and nothing is known from before.
    std::optional<filemap::monitor_status> monitor;
    /// What is in force, defaults included.
    std::vector<setting> settings;
};

struct service_status {
    time_point started_at;
    /// Empty without one.
    std::string configuration;
    /// When it was last read, well or badly.
    std::optional<time_point> loaded_at;
    /// Why what was last read was refused, so that the one before is in force; empty if it was not.
    std::string load_error;
    /// How many, by @ref file_state.
    std::array<std::size_t, filemap::file_states> files{};
    /// Number of the last event; 0 before the first.
    std::uint64_t last_event = 0;
};

/// Something happened. Those who listen are told in the order of the numbers.
struct event {
    enum class kind {
        /// A file is new, or its state changed (`state`, `text` is the reason).
        state,
        /// A file is no longer among those that are listed.
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

/// What is answered to the client as it is: JSON without a line end.
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

    /// Follows one more file, until the program ends or @ref remove: neither a reload nor the configuration touches it.
    /// What is not among the settings is taken from the configuration's defaults. Complete when the file is followed or
    /// waited for; one that cannot be followed is `refused::cause::invalid`, and not listed. @p path is as in
    /// @ref file_summary, here and below.
    virtual void add(const std::string& path, std::vector<setting> settings, completion done) = 0;

    /// Gives a file up, whoever named it; complete when it has ended. A file of the configuration comes back when that
    /// is read again.
    virtual void remove(const std::string& path, completion done) = 0;

    /// Maps the file and lists its group at once; complete when that has ended, as `refused::cause::failed` if it
    /// failed.
    virtual void resync(const std::string& path, completion done) = 0;
    /// Not of those that have `ended`. Who asks again soon shares a later one with others.
    virtual void resync_all(completion done) = 0;

    /// Maps the file and lists its group, and leaves both as they are (`file_map`).
    /// `refused::cause::too_many` if its device has not answered others that were asked for before.
    /// @param counted Whether its regions are asked what they have counted.
    virtual void map(const std::string& path, bool counted, text_completion done) = 0;

    /**
     * @brief Looks for the places of a device-mapper device that are read and written most, by temporary regions.
     * @param device Path of its node.
     * @param told   Called for each line of JSON, without a line end; never from inside.
     * @param done   Called once, last: no region is left. At once if another hunt is under way.
     * @return What gives it up; may be called at any time.
     */
    virtual std::function<void()> scan(const std::string& device, std::function<void(std::string)> told,
                                       completion done) = 0;

    /// Reads the configuration again; complete when it is in force or refused (`refused::cause::invalid`).
    virtual void reload(completion done) = 0;

    /// What is told of the files' I/O.
    [[nodiscard]] virtual metrics::shared_snapshots& figures() = 0;

    /// One more that is told of events, from inside the change, for as long as it lives.
    virtual void on_event(std::weak_ptr<event_hub> told) = 0;
};

}  // namespace dmfilemapd::control
