#pragma once

#include "dmfilemapd/metrics/shared_snapshots.hpp"

#include <filemap/error.hpp>
#include <filemap/logger.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace dmfilemapd {

/**
 * @brief Metrics file for textfile collectors, rewritten at an interval and replaced atomically.
 * @details Wakes the program and reads all counters at each interval. The file remains when the program ends.
 */
class metrics_file {
public:
    /// @param blocking Executor of a separate thread, because the file may be on a device that hangs.
    metrics_file(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking,
                 metrics::shared_snapshots& of, std::string path, std::chrono::seconds interval, filemap::logger log);

    void start();
    void stop();

private:
    boost::asio::awaitable<void> run();
    void note(const filemap::result<void>& written);

    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    metrics::shared_snapshots& of_;
    std::string path_;
    std::chrono::seconds interval_;
    filemap::logger log_;
    boost::asio::steady_timer timer_;
    bool stopping_ = false;
    // Last logged failure; empty if there was none.
    std::string said_;
};

/// Replaces the file atomically, so that a reader never sees a partial file. @par Blocking File system.
[[nodiscard]] filemap::result<void> write_metrics_file(const std::string& path,
                                                       std::shared_ptr<const metrics::snapshot> of);

}  // namespace dmfilemapd
