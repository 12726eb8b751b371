#pragma once

#include "common/daemon/blocking_pool.hpp"
#include "common/daemon/notify_socket.hpp"
#include "common/daemon/watchdog.hpp"
#include "common/http/server.hpp"
#include "dmdirtylogd/api/service_api.hpp"
#include "dmdirtylogd/config/configuration.hpp"
#include "server/server.hpp"

#include <filemap/fs/descriptor.hpp>
#include <filemap/logger.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dmdirtylogd {

/// Serves the kernel and the control API on an event loop of its own, until a signal.
class log_service : private control::service_api {
public:
    /// @param was_kept The service manager kept the socket. @param socket nullptr: no control API.
    /// @throws app::startup_error
    log_service(const configuration& settings, filemap::fs::descriptor connector, bool was_kept,
                app::control::listening_socket socket, filemap::logger log);

    /// @return Exit status.
    int run();

private:
    control::service_status status() const override;
    std::vector<dirtylog::log_status> logs() const override { return server_->status(); }
    std::vector<std::string> checkpoints(std::string_view uuid) const override { return server_->checkpoints(uuid); }
    void begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) override;
    void forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) override;
    void changes_since(std::string_view uuid, std::string_view name, tracked done) override;

    [[nodiscard]] dirtylog::server_options server_options_of(const configuration& settings);
    void open_control(app::control::listening_socket socket);
    void end_part();
    void await_signal();
    void log_live_logs();
    void become_ready();
    void warn_about_others();
    void fail(const std::string& why);

    filemap::logger log_;
    app::daemon::notify_socket manager_;
    boost::asio::io_context events_{1};
    app::daemon::blocking_pool blocking_;
    boost::asio::signal_set signals_;
    app::daemon::watchdog watchdog_;
    std::optional<dirtylog::server> server_;
    std::optional<app::control::server> control_;
    control::service_status reported_;
    unsigned long connector_inode_ = 0;
    std::set<std::string> logged_others_;
    std::size_t running_ = 1;
    int exit_status_ = 0;
};

}  // namespace dmdirtylogd
