#pragma once

#include "dmfilemapd/api/service_api.hpp"

#include <filemap/file_set.hpp>
#include <filemap/logger.hpp>
#include <filemap/service.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace dmfilemapd {

/**
 * @brief Finds the hot spots of a device-mapper device with one temporary region at a time, and names their files.
 * @details
 * Runs one scan per device and four in all. Every scan deletes its region at its end. The next start, or the next scan,
 * deletes the regions of a killed process.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class hot_spot_scan {
public:
    /// @param blocking Executor whose threads may read from sysfs.
    hot_spot_scan(filemap::service& service, const filemap::file_set& files, boost::asio::any_io_executor blocking,
                  filemap::logger log);
    ~hot_spot_scan();
    hot_spot_scan(const hot_spot_scan&) = delete;
    hot_spot_scan& operator=(const hot_spot_scan&) = delete;

    /// Starts a scan; see `control::target::scan`.
    std::function<void()> start(const std::string& device, std::function<void(std::string)> told,
                                control::completion done);

    /// Cancels all scans and prevents new ones.
    void stop();

    /**
     * @brief Deletes left-over regions of all devices, then waits for `stop` and the end of the last scan. Does not
     * wait for a scan of a hung device.
     * @param token Completion token, `void(std::exception_ptr)`.
     */
    template <boost::asio::completion_token_for<void(std::exception_ptr)> Token>
    auto async_run(Token&& token) {
        return boost::asio::co_spawn(get_executor(), run(state_), std::forward<Token>(token));
    }

private:
    struct state;
    [[nodiscard]] boost::asio::any_io_executor get_executor() const;
    static boost::asio::awaitable<void> run(std::shared_ptr<state> self);

    std::shared_ptr<state> state_;
};

}  // namespace dmfilemapd
