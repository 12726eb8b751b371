#include "common/text/display.hpp"
#include "dmfilemapctl/daemon_client.hpp"
#include "dmfilemapctl/rates.hpp"
#include "dmfilemapctl/terminal.hpp"
#include "dmfilemapctl/top.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include <unistd.h>

namespace dmfilemapctl {
namespace {

namespace asio = boost::asio;

/// Live table of `dmfilemapctl top`.
class live_view {
public:
    live_view(const options& given, full_screen& on, std::string_view first)
        : given_(given), by_(given.of_files), screen_(on), signals_(events_) {
        take_signals();
        take(first);
    }
    live_view(const live_view&) = delete;
    live_view& operator=(const live_view&) = delete;
    // Restores the terminal while signals are still handled, because an unhandled signal would leave its mode changed.
    ~live_view() { screen_.leave(); }

    int run() {
        screen_.enter();
        draw();
        start(refresh_again());
        start(hear_keys());
        start(hear_signals());
        events_.run();
        if (failed_) std::rethrow_exception(failed_);
        return ended_by_;
    }

private:
    void start(asio::awaitable<void> task) {
        asio::co_spawn(events_, std::move(task), [this](std::exception_ptr why) {
            if (why) failed_ = std::move(why);
            events_.stop();
        });
    }

    void take(std::string_view text) {
        reading now = parse_reading(text);
        time_ = now.time;
        files_ = meter_.rates_of(std::move(now));
        problem_.clear();
    }

    // Retries until a restarted daemon answers.
    asio::awaitable<void> refresh_again() {
        const app::ctl::client daemon = daemon_of(given_);
        asio::steady_timer timer(events_);
        for (;;) {
            timer.expires_after(given_.interval);
            co_await timer.async_wait(asio::use_awaitable);
            try {
                app::ctl::reply got = co_await daemon.async_get("/v1/counters");
                take(daemon.body_of(std::move(got)));
            } catch (const std::exception& wrong) {
                problem_ = app::one_line(wrong.what());
            }
            draw();
        }
    }

    asio::awaitable<void> hear_keys() {
        // Duplicates the descriptor, because the stream closes its own.
        asio::posix::stream_descriptor keys(events_, ::dup(screen_.keys()));
        for (;;) {
            co_await keys.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
            char letter = 0;
            const auto length = ::read(keys.native_handle(), &letter, 1);
            // The terminal has been closed.
            if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) co_return;
            if (length < 0) continue;
            if (letter == 'q') co_return;
            if (const auto* name = std::ranges::find(sort_names, letter, &sort_name::letter); name != sort_names.end())
                by_.by = name->key;
            draw();
        }
    }

    // Waits for the foreground first, because in the background signals have their default actions.
    void take_signals() {
        screen_.wait_for_foreground();
        for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH}) signals_.add(number);
    }

    // Uses the default action, which does not stop an orphaned process group.
    void stop() {
        signals_.clear();
        std::raise(SIGTSTP);
        take_signals();
    }

    asio::awaitable<void> hear_signals() {
        for (;;) {
            const int number = co_await signals_.async_wait(asio::use_awaitable);
            switch (number) {
                case SIGTSTP:
                    screen_.leave();
                    stop();
                    [[fallthrough]];
                case SIGCONT:
                    screen_.enter();
                    draw();
                    break;
                case SIGWINCH: draw(); break;
                default: ended_by_ = number; co_return;
            }
        }
    }

    // Returns the line of keys, with the selected key in capitals.
    std::string keys_line() const {
        std::string line;
        for (const sort_name& one : sort_names) {
            std::string name(one.name);
            if (one.key == by_.by)
                std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
            line.append(1, one.letter).append(" ").append(name).append("  ");
        }
        return line + "q quit";
    }

    void draw() {
        // Shows the time without the date, which would need too much room.
        constexpr std::size_t time_of_day = std::string_view("2026-11-22T").size();
        const screen on = screen_of_stdout();
        // Reserves three lines: the sums, the keys, and the column heads.
        const std::size_t room = on.height - std::min<std::size_t>(on.height - 1, 3);
        choice by = by_;
        by.most = by.most == 0 ? room : std::min(room, by.most);
        std::string text = table_of({text_of_time(time_).substr(time_of_day), chosen(files_, by), by}, on.width);
        text.insert(text.find('\n') + 1, (problem_.empty() ? keys_line() : problem_ + "; tried again") + '\n');
        screen_.draw(text);
    }

    const options& given_;
    choice by_;
    full_screen& screen_;
    asio::io_context events_{1};
    asio::signal_set signals_;
    rate_meter meter_;
    double time_ = 0;
    std::vector<file_figures> files_;
    // Cause of the last failed reading; empty after a success.
    std::string problem_;
    int ended_by_ = 0;
    std::exception_ptr failed_;
};

}  // namespace

int watch_top(const options& given, full_screen& on, std::string_view first) {
    live_view view(given, on, first);
    return view.run();
}

}  // namespace dmfilemapctl
