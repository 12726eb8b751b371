#include "dmfilemapd/service/run_service.hpp"

#include "common/cli/input_file.hpp"
#include "common/cli/startup_error.hpp"
#include "common/daemon/blocking_pool.hpp"
#include "common/daemon/descriptors.hpp"
#include "common/daemon/logging.hpp"
#include "common/daemon/notify_socket.hpp"
#include "common/daemon/privileges.hpp"
#include "common/daemon/signals.hpp"
#include "common/daemon/watchdog.hpp"
#include "common/http/host_check.hpp"
#include "common/http/server.hpp"
#include "common/http/tcp_listener.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/api/routes.hpp"
#include "dmfilemapd/cli/program_name.hpp"
#include "dmfilemapd/config/load_configuration.hpp"
#include "dmfilemapd/follow/follow.hpp"
#include "dmfilemapd/hot/hot_spot_scan.hpp"
#include "dmfilemapd/metrics/metrics_file.hpp"
#include "dmfilemapd/service/file_selection.hpp"
#include "dmfilemapd/service/metrics_source.hpp"
#include "dmfilemapd/service/service_controller.hpp"
#include "dmfilemapd/service/stale_state.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/file_set.hpp>
#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <linux/capability.h>
#include <malloc.h>
#include <unistd.h>

namespace dmfilemapd {
namespace {

namespace asio = boost::asio;
using filemap::file_state;
using filemap::log_level;

constexpr std::size_t glob_threads = 4;
constexpr std::size_t drawing_threads = 4;
// Timeout of the initial files, after which READY is sent without them.
constexpr std::chrono::seconds start_patience{30};
constexpr std::chrono::seconds status_pause{1};

class following_service {
public:
    /// @param socket nullptr if there is no control socket.
    following_service(const options& given, configuration first, filemap::dm::kernel& kernel, filemap::logger log,
                      app::control::listening_socket socket, filemap::fs::descriptor metrics_socket)
        : config_path_(given.config),
          log_(std::move(log)),
          ioctls_(max_blocking_threads),
          lookups_(2 * filemap::file_set_options{}.lookups),
          directories_(glob_threads),
          drawings_(drawing_threads),
          configuration_(1),
          service_(events_.get_executor(), ioctls_.executor(), kernel, log_, service_options_of()),
          files_(service_, lookups_.executor(), log_, handlers_of()),
          wanted_(events_.get_executor(), directories_.executor(), files_),
          figures_(service_, files_),
          snapshots_(figures_, filemap::service_options{}.counter_cache_ttl),
          hunter_(service_, files_, directories_.executor(), log_),
          target_(service_, drawings_.executor(), files_, wanted_, hunter_, snapshots_, config_path_,
                  [this](control::completion done) { reload(std::move(done)); }),
          signals_(events_, SIGTERM, SIGINT, SIGHUP),
          watchdog_(events_.get_executor(), manager_),
          settle_timer_(events_),
          status_timer_(events_) {
        if (socket.socket) {
            app::control::server_options limits;
            limits.group = socket.group;
            server_.emplace(events_.get_executor(), std::move(socket.socket), control::api_of(target_), log_, limits);
        }
        report_figures(given, first.metrics, std::move(metrics_socket));
        use(first);
    }

    int run() {
        await_signal();
        app::daemon::hold_signals(SIG_UNBLOCK);
        watchdog_.start();
        await_settled();
        run_part(service_);
        run_part(hunter_);
        if (server_) run_part(*server_);
        if (metrics_server_) metrics_server_->start();
        if (metrics_file_) metrics_file_->start();
        events_.run();
        return status_;
    }

private:
    filemap::service_options service_options_of() {
        filemap::service_options chosen;
        chosen.state_directory = state_directory;
        chosen.keep_running = true;
        chosen.on_idle = [] { ::malloc_trim(0); };
        chosen.on_only_hung_devices_left = [this](const std::vector<filemap::device_id>& devices) {
            for (const filemap::device_id device : devices) {
                log_(log_level::warning, "ends though device " + to_string(device) +
                                             " does not answer; the kernel keeps the process until it does");
            }
            ::_exit(status_);
        };
        return chosen;
    }

    // Shutdown does not wait for the metrics outputs; they hold no unsaved state.
    void report_figures(const options& given, const metrics_settings& settings, filemap::fs::descriptor socket) {
        if (socket.is_open()) {
            app::control::server_options limits;
            limits.hosts = settings.hosts;
            limits.hosts.push_back(app::control::name_of_machine());
            metrics_server_.emplace(events_.get_executor(), std::move(socket), control::api_of(target_), log_,
                                    std::move(limits));
        }
        const std::string path = given.metrics_file.value_or(settings.file);
        if (path.empty()) return;
        metrics_thread_.emplace(1);
        metrics_file_.emplace(events_.get_executor(), metrics_thread_->executor(), snapshots_, path, settings.interval,
                              log_);
    }

    // Runs a part of the service. The program ends when all parts have ended.
    template <class Part>
    void run_part(Part& part) {
        ++running_;
        part.async_run([this](std::exception_ptr why) {
            if (why) fail(why);
            if (--running_ == 0) events_.stop();
        });
    }

    void use(const configuration& read) {
        settled_ = false;
        wanted_.use(read);
        target_.use_defaults(read.defaults);
        target_.on_read({});
    }

    filemap::file_set_handlers handlers_of() {
        filemap::file_set_handlers told;
        told.changed = [this](const filemap::file_info& file) {
            on_change();
            target_.on_changed(file);
        };
        told.synced = [this](const filemap::file_info& file) { target_.on_synced(file); };
        told.removed = [this](const std::string& path) {
            on_change();
            target_.on_removed(path);
        };
        told.settled = [this] { on_settled(); };
        return told;
    }

    void await_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            if (number == SIGHUP) {
                await_signal();
                reload({});
            } else {
                log_(log_level::notice, "stopping at signal " + std::to_string(number));
                stop();
            }
        });
    }

    void stop() {
        // Restores the default action, so that a second signal ends the program at once.
        signals_.clear();
        stopping_ = true;
        manager_.stopping();
        settle_timer_.cancel();
        status_timer_.cancel();
        if (server_) server_->stop();
        hunter_.stop();
        if (metrics_server_) metrics_server_->stop();
        if (metrics_file_) metrics_file_->stop();
        wanted_.stop();
        files_.stop();
    }

    // Reads the configuration on a thread that may block.
    void reload(control::completion done) {
        if (done) reload_waiters_.push_back(std::move(done));
        if (std::exchange(reloading_, true)) {
            reload_again_ = true;
            return;
        }
        answered_by_this_ = std::exchange(reload_waiters_, {});
        settle_timer_.cancel();
        manager_.reloading();
        log_(log_level::notice, "reading the configuration again");
        asio::post(configuration_.executor(), [this, guard = asio::make_work_guard(events_)] {
            std::optional<configuration> read;
            std::vector<std::string> wrong;
            try {
                read = load_configuration(config_path_);
            } catch (const configuration_error& error) {
                wrong = error.lines();
            } catch (const std::exception& error) {
                wrong = {error.what()};
            }
            asio::post(events_, [this, read = std::move(read), wrong = std::move(wrong)] { on_read(read, wrong); });
        });
    }

    void on_read(const std::optional<configuration>& read, const std::vector<std::string>& wrong) {
        if (stopping_) return;
        if (server_) server_->listen_again();
        for (const std::string& line : wrong) log_(log_level::error, line);
        if (read) {
            use(*read);
        } else {
            log_(log_level::error, "the configuration is refused; the one before stays in force");
            target_.on_read(wrong.front());
        }
        control::outcome outcome;
        if (!read) outcome = control::refused{control::refused::cause::invalid, wrong.front()};
        for (const control::completion& done : std::exchange(answered_by_this_, {})) done(outcome);
        // If the new configuration is invalid, files of the previous one may still be starting.
        if (settled_) {
            become_ready();
        } else {
            await_settled();
        }
    }

    void await_settled() {
        settle_timer_.expires_after(start_patience);
        settle_timer_.async_wait([this](boost::system::error_code error) {
            if (error || stopping_) return;
            log_(log_level::warning, std::to_string(files_.counts()[static_cast<std::size_t>(file_state::starting)]) +
                                         " files are still to come");
            become_ready();
        });
    }

    void on_settled() {
        settled_ = true;
        if (stopping_ || settle_timer_.cancel() == 0) return;
        become_ready();
    }

    void become_ready() {
        reloading_ = false;
        manager_.ready(summary());
        log_(log_level::notice, "ready: " + summary());
        if (std::exchange(reload_again_, false)) reload({});
    }

    [[nodiscard]] std::string summary() const {
        std::string text;
        for (std::size_t i = 0; i < filemap::file_states; ++i) {
            const std::size_t count = files_.counts()[i];
            if (count == 0) continue;
            text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' +
                    std::string(describe(static_cast<file_state>(i)));
        }
        return text.empty() ? "no files" : text;
    }

    void on_change() {
        if (!manager_.is_open() || stopping_ || std::exchange(status_due_, true)) return;
        status_timer_.expires_after(status_pause);
        status_timer_.async_wait([this](boost::system::error_code error) {
            status_due_ = false;
            if (!error && !stopping_) manager_.status(summary());
        });
    }

    void fail(std::exception_ptr why) {
        status_ = 1;
        try {
            std::rethrow_exception(why);
        } catch (const std::exception& e) {
            log_(log_level::error, e.what());
        }
        // Stops the other parts, because the service manager restarts the whole program.
        if (!stopping_) stop();
    }

    std::string config_path_;
    filemap::logger log_;
    app::daemon::notify_socket manager_;
    asio::io_context events_{1};
    app::daemon::blocking_pool ioctls_;
    app::daemon::blocking_pool lookups_;
    app::daemon::blocking_pool directories_;
    // Separate pool, so that a hung file system does not delay globs.
    app::daemon::blocking_pool drawings_;
    // Separate pool, so that a reload works while all other threads hang.
    app::daemon::blocking_pool configuration_;
    filemap::service service_;
    filemap::file_set files_;
    file_selection wanted_;
    file_figures figures_;
    metrics::shared_snapshots snapshots_;
    hot_spot_scan hunter_;
    service_controller target_;
    std::optional<app::control::server> server_;
    std::optional<app::control::metrics_server> metrics_server_;
    std::optional<app::daemon::blocking_pool> metrics_thread_;
    std::optional<metrics_file> metrics_file_;
    std::size_t running_ = 0;
    asio::signal_set signals_;
    app::daemon::watchdog watchdog_;
    asio::steady_timer settle_timer_;
    asio::steady_timer status_timer_;
    bool status_due_ = false;
    // Every file of the configuration in force has left the state `starting`.
    bool settled_ = false;
    bool reloading_ = false;
    bool reload_again_ = false;
    // Requests that complete at the end of the current reload, and of the next one.
    std::vector<control::completion> answered_by_this_;
    std::vector<control::completion> reload_waiters_;
    bool stopping_ = false;
    int status_ = 0;
};

}  // namespace

int serve(const options& given) {
    app::daemon::open_standard_descriptors();
    app::daemon::close_stray_descriptors({});
    std::signal(SIGPIPE, SIG_IGN);
    app::daemon::hold_signals(SIG_BLOCK);
    options absolute = given;
    absolute.config = app::absolute_path(given.config);
    // Leaves the initial directory, so that its file system can be unmounted.
    if (::chdir("/") != 0) throw app::startup_error(filemap::last_system_failure("/").text());
    configuration first = load_configuration(absolute.config);
    auto control = filemap::dm::control_node::open();
    if (!control) throw app::startup_error(control.error().text());
    app::control::listening_socket socket = app::control::listen(first.control, program_name);
    filemap::fs::descriptor metrics_socket;
    if (first.metrics.address) metrics_socket = app::control::listen_at(*first.metrics.address);
    // CAP_SYS_ADMIN sends messages to devices; CAP_DAC_READ_SEARCH opens monitored files.
    if (const auto dropped = app::daemon::drop_privileges({CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH}); !dropped)
        throw app::startup_error(dropped.error().text());
    const log_level most = std::max(first.log_level, given.verbosity == 0 ? log_level::error : log_level_of(given));
    app::daemon::log_as_service(program_name, most);
    remove_stale_state(state_directory);
    following_service service(absolute, std::move(first), *control, app::daemon::make_logger(most), std::move(socket),
                              std::move(metrics_socket));
    // Exits without returning, because a thread blocked by a file system would block the exit.
    ::_exit(service.run());
}

}  // namespace dmfilemapd
