#include "dmdirtylogd/service/run_service.hpp"

#include "async/blocking_call.hpp"
#include "common/cli/input_file.hpp"
#include "common/cli/startup_error.hpp"
#include "common/daemon/blocking_pool.hpp"
#include "common/daemon/descriptors.hpp"
#include "common/daemon/logging.hpp"
#include "common/daemon/notify_socket.hpp"
#include "common/daemon/privileges.hpp"
#include "common/daemon/signals.hpp"
#include "common/daemon/watchdog.hpp"
#include "common/http/server.hpp"
#include "common/text/display.hpp"
#include "dmdirtylogd/api/routes.hpp"
#include "dmdirtylogd/cli/options.hpp"
#include "dmdirtylogd/config/load_configuration.hpp"
#include "dmdirtylogd/dm/dm_tables.hpp"
#include "dmdirtylogd/process/memory_lock.hpp"
#include "dmdirtylogd/process/startup_checks.hpp"
#include "dmdirtylogd/process/stored_connector.hpp"
#include "dmdirtylogd/resync/recovery_order.hpp"
#include "dmdirtylogd/resync/resync_waker.hpp"
#include "netlink/connector_socket.hpp"
#include "server/server.hpp"

#include <filemap/fs/descriptor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dmdirtylogd {
namespace {

namespace asio = boost::asio;
using app::startup_error;
using dirtylog::log_level;
using filemap::fs::descriptor;

// Two threads per log that hangs; enough for eight.
constexpr std::size_t blocking_threads = 16;

template <class T>
T require(filemap::result<T> wanted) {
    if (!wanted) throw startup_error(wanted.error().text());
    return std::move(*wanted);
}

void make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error && std::filesystem::is_directory(path, error)) return;
    throw startup_error(app::displayed(path) + ": " + (error ? error.message() : "not a directory"));
}

/// Locks the state directory against other processes until this process ends.
descriptor lock_state(const std::string& directory) {
    const std::string path = directory + "/lock";
    descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (!file.is_open()) throw startup_error(filemap::last_system_failure(app::displayed(path)).text());
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        throw startup_error(app::displayed(directory) + ": in use by another process");
    return file;
}

dirtylog::environment environment_of(const configuration& with) {
    dirtylog::environment env;
    env.directory = with.state_directory;
    env.boot = require(dirtylog::this_boot());
    env.log_directory = with.log.directory;
    env.open_log = [](const std::string& path) -> dirtylog::result<std::unique_ptr<dirtylog::storage>> {
        if (auto good = check_place_of_log(path); !good) return good.error();
        return dirtylog::open_log_storage(path);
    };
    env.is_named = [](const dirtylog::log_uuid& uuid) { return is_named(uuid.view()); };
    if (with.log.flush_legs) env.find_legs = [](const dirtylog::log_uuid& uuid) { return find_legs(uuid.view()); };
    return env;
}

dirtylog::server_options options_of(const configuration& with) {
    dirtylog::server_options chosen;
    chosen.clear_delay = with.log.clear_delay;
    return chosen;
}

/// Returns the rate limit and order of a mirror's recovery. nullptr: no limit, the lowest region first.
std::unique_ptr<dirtylog::recovery_policy> policy_of(const configuration& with, const dirtylog::geometry& shape,
                                                     std::function<std::shared_ptr<resync_waker>()> make_waker) {
    std::unique_ptr<dirtylog::recovery_policy> order;
    if (with.order == resync_order::descending_order) order = std::make_unique<descending_order>();
    if (with.rate == 0) return order;
    const double seconds = static_cast<double>(filemap::to_bytes(shape.region_size).count()) /
                           (static_cast<double>(with.rate) * 1024 * 1024);
    const auto pause =
        std::chrono::duration_cast<rate_limited::clock::duration>(std::chrono::duration<double>(seconds));
    auto waker = make_waker();
    // An earlier process may have refused a region.
    waker->wake_at(rate_limited::clock::now());
    return std::make_unique<rate_limited>(std::move(order), pause,
                                          [waker = std::move(waker)](auto due) { waker->wake_at(due); });
}

class log_service : private control::service_api {
public:
    /// @param kept The service manager kept the socket. @param socket nullptr: no control API.
    log_service(const configuration& with, descriptor connector, bool kept, app::control::listening_socket socket,
                filemap::logger log)
        : log_(std::move(log)),
          blocking_(blocking_threads),
          signals_(events_, SIGTERM, SIGINT),
          watchdog_(events_.get_executor(), manager_) {
        reported_.started_at = std::chrono::system_clock::now();
        reported_.socket_was_kept = kept;
        reported_.socket_is_kept = manager_.store(connector.get(), connector_name);
        connector_inode_ = inode_of(connector.get());
        dirtylog::server_options chosen = options_of(with);
        chosen.restored = [this] { become_ready(); };
        chosen.protocol.policy = [this, with](const dirtylog::log_key& key, const dirtylog::log_arguments& arguments) {
            warn_about_others();
            return policy_of(with, arguments.shape, [&] {
                return resync_waker::make(events_.get_executor(), blocking_.executor(), key.uuid.str(), log_);
            });
        };
        server_.emplace(
            require(dirtylog::server::open(events_.get_executor(), blocking_.executor(), std::move(connector),
                                           environment_of(with), log_, std::move(chosen))));
        if (!socket.socket) return;
        app::control::server_options limits;
        limits.group = socket.group;
        control_.emplace(events_.get_executor(), std::move(socket.socket), control::api_of(*this), log_, limits);
    }

    int run() {
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
        return status_;
    }

private:
    control::service_status status() const override {
        control::service_status now = reported_;
        now.counts = server_->counts();
        return now;
    }
    std::vector<dirtylog::log_status> logs() const override { return server_->status(); }
    std::vector<std::string> checkpoints(std::string_view uuid) const override { return server_->checkpoints(uuid); }
    void begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) override {
        server_->begin_checkpoint(uuid, name, std::move(done));
    }
    void forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) override {
        server_->forget_checkpoint(uuid, name, std::move(done));
    }
    void changes_since(std::string_view uuid, std::string_view name, tracked done) override {
        server_->changes_since(uuid, name, std::move(done));
    }

    // The program ends when all parts have ended.
    void end_part() {
        if (--running_ == 0) events_.stop();
    }

    void await_signal() {
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

    void log_live_logs() {
        const std::size_t live = server_->status().size();
        if (live == 0) return;
        const std::string logs = std::to_string(live) + (live == 1 ? " log is" : " logs are") + " live";
        if (reported_.socket_is_kept)
            log_(log_level::notice, logs + "; the service manager keeps the socket until the next start");
        else
            log_(log_level::warning,
                 logs + "; the socket is lost, so their mirrors hang until the next start and 2 s longer");
    }

    void become_ready() {
        const std::size_t live = server_->status().size();
        std::string text = std::to_string(live) + (live == 1 ? " log" : " logs");
        manager_.ready(text);
        log_(log_level::notice,
             "ready: " + text + (reported_.socket_was_kept ? ", on the socket kept by the service manager" : ""));
    }

    // Another listener may have started since. Check when a log starts to work, and log each listener once.
    void warn_about_others() {
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

    void fail(const std::string& why) {
        status_ = 1;
        log_(log_level::error, why);
    }

    filemap::logger log_;
    app::daemon::notify_socket manager_;
    asio::io_context events_{1};
    app::daemon::blocking_pool blocking_;
    asio::signal_set signals_;
    app::daemon::watchdog watchdog_;
    std::optional<dirtylog::server> server_;
    std::optional<app::control::server> control_;
    control::service_status reported_;
    unsigned long connector_inode_ = 0;
    std::set<std::string> logged_others_;
    std::size_t running_ = 1;
    int status_ = 0;
};

void keep_needed_privileges() {
    // CAP_SYS_ADMIN: answers to the kernel and queries to device-mapper. CAP_IPC_LOCK: memory locked from now on.
    if (const auto dropped = app::daemon::drop_privileges({CAP_SYS_ADMIN, CAP_IPC_LOCK}); !dropped)
        throw startup_error(dropped.error().text());
}

}  // namespace

int serve(const options& given) {
    std::optional<descriptor> connector = take_stored_connector();
    app::daemon::open_standard_descriptors();
    app::daemon::close_stray_descriptors(connector ? std::optional(connector->get()) : std::nullopt);
    std::signal(SIGPIPE, SIG_IGN);
    app::daemon::hold_signals(SIG_BLOCK);
    limit_memory_use();
    const std::string config_path = app::absolute_path(given.config);
    // Release the start directory, so that its file system can be unmounted.
    if (::chdir("/") != 0) throw startup_error(filemap::last_system_failure("/").text());
    const configuration with = load_configuration(config_path, given.config_is_given);
    require_capabilities();
    require_connector(connector ? connector->get() : -1);
    ::umask(077);
    make_directory(with.state_directory);
    make_directory(with.log.directory);
    const descriptor lock = lock_state(with.state_directory);
    app::control::listening_socket socket = app::control::listen(with.control, program_name);
    const bool kept = connector.has_value();
    if (!connector) connector = require(dirtylog::open_connector_socket());
    const log_level level = std::max(with.log_level, log_level_of(given));
    app::daemon::log_as_service(program_name, level);
    const filemap::logger log = app::daemon::make_logger(level);
    lock_memory(log);
    keep_needed_privileges();
    log_service service(with, std::move(*connector), kept, std::move(socket), log);
    const int status = service.run();
    // Do not return: a thread that hangs on a device would delay the exit.
    ::_exit(status);
}

}  // namespace dmdirtylogd
