#pragma once

#include "model/units.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace dmdirtylogd {

/**
 * @brief Makes the kernel ask for a region to copy, by reading a block of the mirror. The kernel asks on use of the
 * mirror, not on a timer.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; call all functions on the event loop's thread.
 */
class resync_waker : public std::enable_shared_from_this<resync_waker> {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Stops when its last owner releases it.
    /// @param blocking A mirror that hangs occupies one of its threads.
    [[nodiscard]] static std::shared_ptr<resync_waker> make(boost::asio::any_io_executor events,
                                                            boost::asio::any_io_executor blocking, std::string uuid,
                                                            dirtylog::logger log);

    void wake_at(time_point when);

private:
    resync_waker(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, std::string uuid,
                 dirtylog::logger log);

    void stop();
    void arm();
    void wake();
    void on_woken(const std::optional<dirtylog::failure>& failed);

    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    boost::asio::steady_timer timer_;
    std::string uuid_;
    dirtylog::logger log_;
    std::optional<time_point> due_;
    bool is_busy_ = false;
    bool stopped_ = false;
    bool failure_logged_ = false;
};

}  // namespace dmdirtylogd
