#pragma once

#include "dmfilemapd/metrics/scrape.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>

namespace dmfilemapd::metrics {

/**
 * @brief Shares snapshots: a request during a scrape, or shortly after it, gets the same snapshot.
 * @details Runs one scrape at a time, so that totals never decrease between snapshots. Takes snapshots only on request,
 * and frees each one when it expires.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class shared_snapshots {
public:
    /// @param of         Source; must outlive all started scrapes.
    /// @param reused_for Retention time after completion. 0: only the waiting requests get the snapshot.
    explicit shared_snapshots(const source& of, std::chrono::milliseconds reused_for,
                              std::chrono::milliseconds patience = scrape_patience);
    shared_snapshots(const shared_snapshots&) = delete;
    shared_snapshots& operator=(const shared_snapshots&) = delete;
    ~shared_snapshots();

    /// Returns a snapshot. This object and the event loop may be destroyed meanwhile.
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const snapshot>> take(boost::asio::any_io_executor events);

private:
    struct one;
    std::shared_ptr<one> begin(const boost::asio::any_io_executor& events);

    const source& of_;
    std::chrono::milliseconds reused_for_;
    std::chrono::milliseconds patience_;
    // Snapshot that is being taken or reused.
    std::weak_ptr<one> last_;
};

}  // namespace dmfilemapd::metrics
