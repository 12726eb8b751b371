#include "dmfilemapd/metrics/metrics_file.hpp"

#include "async/blocking_call.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/metrics/exposition.hpp"

#include <filemap/fs/descriptor.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <exception>
#include <functional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dmfilemapd {

namespace asio = boost::asio;
using filemap::log_level;

namespace {

constexpr std::size_t written_at_once = 256 * 1024;

filemap::result<void> write_all(int file, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return filemap::last_system_failure(path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

// Skips fsync: after a power failure the next start rewrites the file.
filemap::result<void> write_metrics_file(const std::string& path, std::shared_ptr<const metrics::snapshot> of) {
    // Collectors read only files whose names end with ".prom".
    const std::string next = path + ".new";
    ::unlink(next.c_str());
    const filemap::fs::descriptor file{
        ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
    if (!file.is_open()) return filemap::last_system_failure(next);
    metrics::exposition figures(std::move(of), metrics::format::classic);
    filemap::result<void> done;
    // Makes the file readable by the collector's user, regardless of the umask.
    if (::fchmod(file.get(), 0644) != 0) done = filemap::last_system_failure(next);
    for (std::string text = figures.next(written_at_once); done && !text.empty(); text = figures.next(written_at_once))
        done = write_all(file.get(), text, next);
    if (done && ::rename(next.c_str(), path.c_str()) != 0) done = filemap::last_system_failure(path);
    if (!done) ::unlink(next.c_str());
    return done;
}

metrics_file::metrics_file(asio::any_io_executor events, asio::any_io_executor blocking, metrics::shared_snapshots& of,
                           std::string path, std::chrono::seconds interval, filemap::logger log)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      of_(of),
      path_(std::move(path)),
      interval_(interval),
      log_(std::move(log)),
      timer_(events_) {}

void metrics_file::start() {
    asio::co_spawn(events_, run(), [this](const std::exception_ptr& why) {
        if (why) log_(log_level::error, app::displayed(path_) + ": figures are no longer written");
    });
}

void metrics_file::stop() {
    stopping_ = true;
    timer_.cancel();
}

asio::awaitable<void> metrics_file::run() {
    while (!stopping_) {
        timer_.expires_after(interval_);
        const auto taken = co_await of_.take(events_);
        const auto written = std::make_shared<filemap::result<void>>();
        std::function<void()> write = [written, taken, path = path_] { *written = write_metrics_file(path, taken); };
        co_await filemap::async_blocking_call(events_, blocking_, std::move(write), asio::use_awaitable);
        note(*written);
        if (!stopping_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void metrics_file::note(const filemap::result<void>& written) {
    const std::string wrong = written ? std::string() : written.error().text();
    if (wrong == said_) return;
    if (wrong.empty()) {
        log_(log_level::notice, app::displayed(path_) + ": figures are written again");
    } else {
        log_(log_level::warning, "figures cannot be written: " + wrong);
    }
    said_ = wrong;
}

}  // namespace dmfilemapd
