#include "dmfilemapd/follow/follow.hpp"

#include "common/daemon/blocking_pool.hpp"
#include "common/daemon/descriptors.hpp"
#include "common/daemon/logging.hpp"
#include "dmfilemapd/cli/opened_files.hpp"
#include "dmfilemapd/cli/program_name.hpp"
#include "dmfilemapd/follow/daemonize.hpp"

#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <malloc.h>
#include <unistd.h>

namespace dmfilemapd {
namespace {

namespace asio = boost::asio;
using filemap::end_reason;
using filemap::log_level;

bool is_orderly(end_reason reason) {
    switch (reason) {
        case end_reason::stopped:
        case end_reason::group_removed:
        case end_reason::file_dead:
        case end_reason::unmounted:
        case end_reason::device_gone: return true;
        case end_reason::path_gone:
        case end_reason::failed: return false;
    }
    return false;
}

// Tracks the end of the monitors and derives the exit status.
class progress {
public:
    progress(std::size_t files, filemap::logger log, std::function<void()> started, std::function<void()> stop)
        : waited_for_(files), log_(std::move(log)), started_(std::move(started)), stop_(std::move(stop)) {}

    void watching(const std::string& path, std::optional<filemap::group_id> group) {
        const std::string what = group ? "group " + std::to_string(group->value()) : "no group while it has no extents";
        log_(log_level::notice, path + ": watching, " + what);
        any_watched_ = true;
        one_less();
    }

    void ended(const std::string& path, const filemap::monitor_end& end, bool was_watched) {
        const bool orderly = is_orderly(end.reason);
        // Until all files are watched, the starting command waits and prints why a monitor ended.
        const bool as_error = !orderly || (!started_called_ && !was_watched);
        log_(as_error ? log_level::error : log_level::notice, path + ": " + text_of(end));
        if (!orderly) status_ = 1;
        if (started_called_) return;
        if (!orderly) {
            stop_();
        } else if (!was_watched) {
            one_less();
        }
    }

    void failed(std::exception_ptr why) {
        if (!why) return;
        status_ = 1;
        try {
            std::rethrow_exception(why);
        } catch (const std::exception& e) {
            log_(log_level::error, e.what());
        }
    }

    [[nodiscard]] int status() const noexcept { return status_; }

private:
    static std::string text_of(const filemap::monitor_end& end) {
        const std::string reason(describe(end.reason));
        if (end.text.empty()) return reason;
        return end.reason == end_reason::failed ? end.text : reason + ": " + end.text;
    }

    void one_less() {
        if (--waited_for_ != 0 || status_ != 0 || !any_watched_) return;
        started_called_ = true;
        started_();
    }

    std::size_t waited_for_;
    filemap::logger log_;
    std::function<void()> started_;
    std::function<void()> stop_;
    bool any_watched_ = false;
    bool started_called_ = false;
    int status_ = 0;
};

filemap::monitor_handlers handlers_of(progress& all, const std::string& path) {
    auto watched = std::make_shared<bool>(false);
    filemap::monitor_handlers handlers;
    handlers.watching = [&all, path, watched](std::optional<filemap::group_id> group) {
        *watched = true;
        all.watching(path, group);
    };
    handlers.ended = [&all, path, watched](const filemap::monitor_end& end) { all.ended(path, end, *watched); };
    return handlers;
}

int run_daemon(const options& given, checked files, waiting_parent& parent) {
    std::signal(SIGHUP, SIG_IGN);
    const bool keeps_stderr = given.verbosity > 0;
    run_hooks hooks;
    hooks.started = [&parent, keeps_stderr] {
        app::daemon::log_to_syslog(program_name, keeps_stderr);
        parent.ready(keeps_stderr);
    };
    hooks.leaving = [&parent] { parent.give_up(); };
    return run(given, std::move(files), hooks);
}

// Closes the inherited descriptor. The library opens the file again when needed, and an open descriptor would pin a
// deleted file.
void close_handed(const options& given) {
    if (given.fd && *given.fd > STDERR_FILENO) ::close(*given.fd);
}

}  // namespace

std::size_t blocking_threads(const std::vector<checked_file>& files) {
    std::set<filemap::device_id> devices;
    for (const checked_file& file : files) devices.insert(file.device);
    return std::clamp<std::size_t>(devices.size(), 1, max_blocking_threads);
}

int run(const options& given, checked files, const run_hooks& hooks) {
    const filemap::logger log = app::daemon::make_logger(log_level_of(given));
    for (const std::string& remark : files.remarks) log(log_level::notice, remark);

    asio::io_context events{1};
    app::daemon::blocking_pool blocking(blocking_threads(files.files));
    std::optional<filemap::service> service;
    // Posts the call, because stopping a monitor from inside its own end callback is not allowed.
    const auto stop = [&] { asio::post(events, [&service] { service->stop(); }); };
    progress all(files.files.size(), log, hooks.started, stop);

    filemap::service_options service_options;
    service_options.verify = given.verify;
    service_options.state_directory = state_directory;
    service_options.on_idle = [] { ::malloc_trim(0); };
    service_options.on_only_hung_devices_left = [&](const std::vector<filemap::device_id>& devices) {
        for (const filemap::device_id device : devices) {
            log(log_level::warning, "ends though device " + to_string(device) +
                                        " does not answer; the kernel keeps the process until it does");
        }
        hooks.leaving();
        ::_exit(all.status());
    };
    service.emplace(events.get_executor(), blocking.executor(), files.control, log, std::move(service_options));
    for (checked_file& file : files.files) {
        filemap::monitor_handlers handlers = handlers_of(all, file.config.path);
        service->add(std::move(file.config), file.device, std::move(file.access), std::move(handlers));
    }

    asio::signal_set signals(events, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code& error, int number) {
        if (error) return;
        log(log_level::notice, "stopping at signal " + std::to_string(number));
        // Restores the default action, so that a second signal ends the program at once.
        signals.clear();
        service->stop();
    });
    service->async_run([&](std::exception_ptr why) {
        all.failed(why);
        signals.cancel();
    });
    events.run();
    return all.status();
}

int check_and_run(const options& given) {
    if (given.fd) require_open(*given.fd);
    app::daemon::open_standard_descriptors();
    if (!given.foreground) app::daemon::close_stray_descriptors(given.fd);
    checked files = check(given);
    close_handed(given);
    std::signal(SIGPIPE, SIG_IGN);
    app::daemon::log_to_stderr(program_name, log_level_of(given));
    if (given.foreground) return run(given, std::move(files), {});
    return run_in_background([&](waiting_parent& parent) { return run_daemon(given, std::move(files), parent); });
}

}  // namespace dmfilemapd
