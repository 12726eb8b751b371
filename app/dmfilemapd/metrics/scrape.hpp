#pragma once

#include "dmfilemapd/metrics/snapshot.hpp"

#include <filemap/error.hpp>
#include <filemap/file_counters.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd::metrics {

/// Source of a scrape's counters. All calls come from the event loop's thread and return at once.
class source {
public:
    virtual ~source() = default;

    /// Looks at no more than @p most files that come after @p path, ascending by the bytes of their paths, and appends
    /// those that are followed, without their counters. @return The last one's path; empty if there are none.
    virtual std::string add_files_after(const std::string& path, std::size_t most,
                                        std::vector<file_sample>& to) const = 0;

    using reader = std::function<void(filemap::error_code, const filemap::file_counters&)>;
    /// @param done Called later, unless there is no such file. @return Whether there is.
    virtual bool read(const std::string& path, reader done) const = 0;

    /// Returns the time since when a device has an unanswered call, from any caller; empty if there is none. Each
    /// answer restarts the time, also for a part of a reading.
    [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> unanswered_since(
        filemap::device_id device) const = 0;

    /// Returns everything except the files.
    [[nodiscard]] virtual snapshot summary() const = 0;
};

/// Time limit for a device that answers nothing. The counters of its remaining files are left unread. A slow device
/// is waited for.
inline constexpr std::chrono::seconds scrape_patience{5};

/**
 * @brief Takes a snapshot, all devices at once, a few files of each at a time.
 * @param of Must live until it is done; readings that come too late go nowhere.
 */
[[nodiscard]] boost::asio::awaitable<std::shared_ptr<const snapshot>> scrape(
    boost::asio::any_io_executor events, const source& of, std::chrono::milliseconds patience = scrape_patience);

}  // namespace dmfilemapd::metrics
