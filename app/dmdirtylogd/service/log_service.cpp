#include "dmdirtylogd/service/log_service.hpp"

#include "async/blocking_call.hpp"
#include "common/cli/startup_error.hpp"
#include "common/daemon/signals.hpp"
#include "dmdirtylogd/api/routes.hpp"
#include "dmdirtylogd/process/startup_checks.hpp"
#include "dmdirtylogd/process/stored_connector.hpp"
#include "dmdirtylogd/resync/recovery_policy.hpp"
#include "dmdirtylogd/resync/resync_waker.hpp"
#include "dmdirtylogd/service/log_environment.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <utility>

namespace dmdirtylogd {
namespace {

using dirtylog::log_level;
using filemap::fs::descriptor;

// Two threads per log that hangs; enough for eight.
constexpr std::size_t blocking_threads = 16;

}  // namespace

log_service::log_service(const configuration& settings, descriptor connector, bool was_kept,
                         app::control::listening_socket socket, filemap::logger log)
    : log_(std::move(log)),
      blocking_(blocking_threads),
      signals_(events_, SIGTERM, SIGINT),
      watchdog_(events_.get_executor(), manager_) {
    reported_.started_at = std::chrono::system_clock::now();
    reported_.socket_was_kept = was_kept;
    reported_.socket_is_kept = manager_.store(connector.get(), connector_name);
    connector_inode_ = inode_of(connector.get());
    auto opened = dirtylog::server::open(events_.get_executor(), blocking_.executor(), std::move(connector),
                                         environment_of(settings), log_, server_options_of(settings));
    if (!opened) throw app::startup_error(opened.error().text());
    server_.emplace(std::move(*opened));
    if (socket.socket) open_control(std::move(socket));
}

dirtylog::server_options log_service::server_options_of(const configuration& settings) {
    dirtylog::server_options chosen;
    chosen.clear_delay = settings.log.clear_delay;
    chosen.restored = [this] { become_ready(); };
    chosen.protocol.policy = [this, settings](const dirtylog::log_key& key, const dirtylog::log_arguments& arguments) {
        warn_about_others();
        return make_recovery_policy(settings, arguments.shape, [&] {
            return resync_waker::make(events_.get_executor(), blocking_.executor(), key.uuid.str(), log_);
        });
    };
    return chosen;
}

void log_service::open_control(app::control::listening_socket socket) {
    app::control::server_options limits;
    limits.group = socket.group;
    control_.emplace(events_.get_executor(), std::move(socket.socket), control::api_of(*this), log_, limits);
}

int log_service::run() {
    // SIGHUP is ignored: no configuration is reloaded while mirrors wait.
    std::signal(SIGHUP, SIG_IGN);
    await_signal();
    app::daemon::hold_signals(SIG_UNBLOCK);
    watchdog_.start();
    server_->async_run([this](std::exception_ptr why, dirtylog::error_code error) {
        if (why) fail(app::cause_of(why));
        if (error) fail("the kernel's connector: " + error.message());
        if (control_) control_->stop();
        end_part();
    });
    if (control_) {
        ++running_;
        control_->async_run([this](std::exception_ptr why) {
            if (why) fail(app::cause_of(why));
            end_part();
        });
    }
    events_.run();
    return exit_status_;
}

control::service_status log_service::status() const {
    control::service_status now = reported_;
    now.counts = server_->counts();
    return now;
}

void log_service::begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) {
    server_->begin_checkpoint(uuid, name, std::move(done));
}

void log_service::forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) {
    server_->forget_checkpoint(uuid, name, std::move(done));
}

void log_service::changes_since(std::string_view uuid, std::string_view name, tracked done) {
    server_->changes_since(uuid, name, std::move(done));
}

// The program ends when all parts have ended.
void log_service::end_part() {
    if (--running_ == 0) events_.stop();
}

void log_service::await_signal() {
    signals_.async_wait([this](boost::system::error_code error, int number) {
        if (error) return;
        log_(log_level::notice, "stopping at signal " + std::to_string(number));
        log_live_logs();
        // A second signal ends the program at once.
        signals_.clear();
        manager_.stopping();
        server_->stop();
    });
}

void log_service::log_live_logs() {
    const std::size_t live = server_->status().size();
    if (live == 0) return;
    const std::string logs = std::to_string(live) + (live == 1 ? " log is" : " logs are") + " live";
    if (reported_.socket_is_kept)
        log_(log_level::notice, logs + "; the service manager keeps the socket until the next start");
    else
        log_(log_level::warning,
             logs + "; the socket is lost, so their mirrors hang until the next start and 2 s longer");
}

void log_service::become_ready() {
    const std::size_t live = server_->status().size();
    std::string text = std::to_string(live) + (live == 1 ? " log" : " logs");
    manager_.ready(text);
    log_(log_level::notice,
         "ready: " + text + (reported_.socket_was_kept ? ", on the socket kept by the service manager" : ""));
}

// Another listener may have started since. Check when a log starts to work, and log each listener once.
void log_service::warn_about_others() {
    auto found = std::make_shared<std::vector<std::string>>();
    filemap::async_blocking_call(
        events_.get_executor(), blocking_.executor(),
        [found, own = connector_inode_] { *found = other_listeners(own); },
        [this, found](std::exception_ptr) {
            for (const std::string& who : *found)
                if (logged_others_.insert(who).second)
                    log_(log_level::warning,
                         who + " also receives the kernel's requests; its answers may delay or corrupt mirrors");
        });
}

void log_service::fail(const std::string& why) {
    exit_status_ = 1;
    log_(log_level::error, why);
}

}  // namespace dmdirtylogd
