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

    /// Visits at most @p most files whose paths sort after @p path, ascending by bytes. Appends the monitored files,
    /// without their counters. @return Path of the last visited file; empty at the end.
    virtual std::string add_files_after(const std::string& path, std::size_t most,
                                        std::vector<file_sample>& to) const = 0;

    using reader = std::function<void(filemap::error_code, const filemap::file_counters&)>;
    /// Starts a reading. @param done Called later. @return False if there is no such file; @p done is not called then.
    virtual bool read(const std::string& path, reader done) const = 0;

    /// Returns the start time of a device's oldest unanswered call, from any caller; empty if no call is pending. Each
    /// answer restarts the time, also an answer to a part of a reading.
    [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> unanswered_since(
        filemap::device_id device) const = 0;

    /// Returns everything except the files.
    [[nodiscard]] virtual snapshot summary() const = 0;
};

/// Timeout of a device without an answer. The counters of its remaining files stay unread. A slow device has no
/// timeout.
inline constexpr std::chrono::seconds scrape_patience{5};

/**
 * @brief Takes a snapshot. Reads all devices at once, and a few files of each device at a time.
 * @param of Must outlive the coroutine. Later results are discarded.
 */
[[nodiscard]] boost::asio::awaitable<std::shared_ptr<const snapshot>> scrape(
    boost::asio::any_io_executor events, const source& of, std::chrono::milliseconds patience = scrape_patience);

}  // namespace dmfilemapd::metrics
