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
 * @brief A file with the figures, for collectors of text files: written anew at an interval, and replaced at once.
 * @details Wakes the program at each interval, and has all counters read then. It stays when the program ends.
 */
class metrics_file {
public:
    /// @param blocking A thread for it alone: the file may be on a device that does not answer.
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
    // What was last said to be wrong; empty if nothing.
    std::string said_;
};

/// Replaces the file at once, so that nobody reads half of it. @par Blocking File system.
[[nodiscard]] filemap::result<void> write_metrics_file(const std::string& path,
                                                       std::shared_ptr<const metrics::snapshot> of);

}  // namespace dmfilemapd
