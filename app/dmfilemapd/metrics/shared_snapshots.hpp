#pragma once

#include "dmfilemapd/metrics/scrape.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>

namespace dmfilemapd::metrics {

/**
 * @brief Shares snapshots: a request during a scrape, or shortly after it, gets the same snapshot.
 * @details One scrape at a time, so that no snapshot has smaller totals than the previous one. Snapshots are taken
 * only on request, and a timer frees each one when it expires.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class shared_snapshots {
public:
    /// @param of         Must live until what was begun is done.
    /// @param reused_for How long, counted from when it was complete. 0: it is for those who waited for it.
    explicit shared_snapshots(const source& of, std::chrono::milliseconds reused_for,
                              std::chrono::milliseconds patience = scrape_patience);
    shared_snapshots(const shared_snapshots&) = delete;
    shared_snapshots& operator=(const shared_snapshots&) = delete;
    ~shared_snapshots();

    /// This, or the event loop, may be destroyed meanwhile.
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const snapshot>> take(boost::asio::any_io_executor events);

private:
    struct one;
    std::shared_ptr<one> begin(const boost::asio::any_io_executor& events);

    const source& of_;
    std::chrono::milliseconds reused_for_;
    std::chrono::milliseconds patience_;
    // The one that is being taken, or is still given to who asks.
    std::weak_ptr<one> last_;
};

}  // namespace dmfilemapd::metrics
