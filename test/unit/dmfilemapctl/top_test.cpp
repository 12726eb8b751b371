// Runs the live table against the daemon's HTTP server with a fake service, also on a terminal.

#include "dmfilemapctl/top.hpp"

#include "support/process.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <future>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace {

using namespace filemap::test;
namespace json = boost::json;
using strings = std::vector<std::string>;

/// World with a file that has 1 MiB more reads at each reading. Readings are two seconds apart.
struct top_world : world {
    top_world() {
        service.source.put("/srv/x");
        service.source.put("/srv/y");
        service.source.post = [this](std::function<void()> answer) {
            ++readings;
            const std::chrono::system_clock::time_point now(seconds{1000 + readings / 2 * 2});
            for (auto& file : service.source.files) file.second.counters->read_at = now;
            filemap::dm::counters& counted = service.source.files.at("/srv/x").counters->live;
            counted.sectors_read = filemap::sectors(static_cast<std::uint64_t>(2048 * (readings / 2)));
            counted.reads = static_cast<std::uint64_t>(readings / 2);
            boost::asio::post(events, std::move(answer));
        };
    }

    program_result run(strings arguments) {
        arguments.insert(arguments.begin(), {FILEMAP_CTL, "--socket", path, "top"});
        auto running = std::async(std::launch::async, [&] { return run_program(arguments, bound); });
        BOOST_TEST_REQUIRE(turn_until([&] { return running.wait_for(milliseconds{0}) == std::future_status::ready; }));
        return running.get();
    }

    // Number of read files: two for each answer.
    int readings = 0;
};

/// Runs the program on its own terminal, directly or as a job of a shell.
class on_terminal {
public:
    /// @param script Script with job control that starts the program as "$@". If empty, there is no shell, so no
    /// process would continue a stopped program.
    explicit on_terminal(world& in, const char* script = "") : in_(in) {
        winsize size{24, 80, 0, 0};
        child_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
        if (child_ == 0) {
            ::setenv("TERM", "xterm", 1);
            if (*script)
                ::execlp("bash", "bash", "-mc", script, "", FILEMAP_CTL, "--socket", in.path.c_str(), "top", nullptr);
            else
                ::execl(FILEMAP_CTL, FILEMAP_CTL, "--socket", in.path.c_str(), "top", nullptr);
            ::_exit(127);
        }
        BOOST_TEST_REQUIRE(child_ > 0);
        ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
    }
    on_terminal(const on_terminal&) = delete;
    on_terminal& operator=(const on_terminal&) = delete;
    ~on_terminal() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::close(terminal_);
    }

    /// Waits until new output contains the text.
    bool shows(const std::string& text) {
        const bool found = in_.turn_until([&] {
            read_all();
            return shown_.find(text, seen_) != std::string::npos;
        });
        if (found) seen_ = shown_.find(text, seen_) + text.size();
        return found;
    }
    void press(char key) { BOOST_TEST(::write(terminal_, &key, 1) == 1); }
    void resize(unsigned short width) {
        winsize size{24, width, 0, 0};
        BOOST_TEST(::ioctl(terminal_, TIOCSWINSZ, &size) == 0);
    }
    void signal(int number) { ::kill(child_, number); }
    /// Waits for the end. @return Status in the form of waitpid(2).
    std::optional<int> comes_to_end() {
        int status = 0;
        const bool found = in_.turn_until([&] {
            read_all();
            return ::waitpid(child_, &status, WNOHANG) == child_;
        });
        return found ? std::optional(status) : std::nullopt;
    }
    bool echoes() {
        termios mode{};
        BOOST_TEST(::tcgetattr(terminal_, &mode) == 0);
        return (mode.c_lflag & (ECHO | ICANON)) == (ECHO | ICANON);
    }
    const std::string& shown() const { return shown_; }

private:
    void read_all() {
        char text[4096];
        for (ssize_t length; (length = ::read(terminal_, text, sizeof text)) > 0;)
            shown_.append(text, static_cast<std::size_t>(length));
    }

    world& in_;
    int terminal_ = -1;
    pid_t child_ = -1;
    std::string shown_;
    std::size_t seen_ = 0;
};

// Control character that stops the job when written to the terminal.
constexpr char stop_key = 0x1a;
constexpr const char* left_screen = "\x1b[?1049l";

}  // namespace

BOOST_AUTO_TEST_SUITE(top_test)

BOOST_AUTO_TEST_CASE(once_prints_one_interval) {
    top_world in;
    const program_result ran = in.run({"--once"});
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.err == "");
    BOOST_TEST(ran.out.substr(ran.out.find("  ")) ==
               "  2 files: 512K/s read, 0/s written (0/s inferred), 0.5 IOPS\n"
               "READ/S  WRITTEN/S  INFERRED/S   IOPS   MEAN     P99  BUSY  FILE\n"
               "  512K          0           0    0.5   0.0s       -    0%  /srv/x\n"
               "     0          0           0      0      -       -    0%  /srv/y\n");
    const json::value told = json::parse(in.run({"--once", "--json", "--filter", "/x", "--interval", "1"}).out);
    BOOST_TEST_REQUIRE(told.at("files").as_array().size() == 1U);
    const json::value& file = told.at("files").at(0);
    BOOST_TEST(file.at("counters").at("read_bytes").to_number<int>() == 4 << 20);
    BOOST_TEST(file.at("rates").at("seconds").to_number<double>() == 2);
    BOOST_TEST(file.at("rates").at("bytes_read_per_second").to_number<double>() == 512 * 1024);
}

BOOST_AUTO_TEST_CASE(totals_are_read_once) {
    top_world in;
    const program_result ran = in.run({"--once", "--since-start", "--sort", "path", "--number", "1"});
    BOOST_TEST(in.readings == 2);
    BOOST_TEST(ran.out.substr(ran.out.find("  ")) ==
               "  2 files: 1.0M read, 0 written (0 inferred), 1 I/Os\n"
               "READ  WRITTEN  INFERRED  IOS  MEAN  P99  FILE\n"
               "1.0M        0         0    1  0.0s    -  /srv/x\n");
    in.service.source.unreadable = {"/srv/x"};
    const json::value told = json::parse(in.run({"--once", "--since-start", "--json"}).out);
    BOOST_TEST(told.at("files").at(1).at("path").as_string() == "/srv/x");
    BOOST_TEST(!told.at("files").at(1).as_object().contains("counters"));
}

BOOST_AUTO_TEST_CASE(tables_repeat_until_daemon_ends) {
    for (const bool as_json : {false, true}) {
        top_world in;
        strings arguments{FILEMAP_CTL, "--socket", in.path, "top"};
        if (as_json) arguments.emplace_back("--json");
        background_program running(arguments);
        const auto lines = [&] {
            const std::string text = running.printed();
            return std::ranges::count(text, '\n');
        };
        // Waits for two tables and the lines between them.
        BOOST_TEST(in.turn_until([&] { return lines() >= (as_json ? 2 : 9); }), running.printed());
        BOOST_TEST(in.stop());
        BOOST_TEST(running.wait_for_end(seconds{10}).value_or(-1) == 1);
        BOOST_TEST(running.printed().ends_with("dmfilemapctl: " + in.path + ": no daemon listens\n"),
                   running.printed());
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_answered_is_refused) {
    const scratch_directory directory;
    for (const strings& rest : {strings{}, strings{"--once"}, strings{"--once", "--since-start"}}) {
        strings arguments{FILEMAP_CTL, "--socket", directory / "none", "top"};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        const program_result ran = run_program(arguments);
        BOOST_TEST(ran.status == 1);
        BOOST_TEST(ran.err == "dmfilemapctl: " + (directory / "none") + ": no daemon listens\n");
        BOOST_TEST(ran.out == "");
    }
}

BOOST_AUTO_TEST_CASE(terminal_redraws_and_reads_keys) {
    top_world in;
    on_terminal top(in);
    BOOST_TEST(top.shows("\x1b[?1049h"), top.shown());
    BOOST_TEST(top.shows("b BYTES  r reads"), top.shown());
    BOOST_TEST(top.shows("  512K "), top.shown());
    BOOST_TEST(!top.echoes());
    top.press('f');
    BOOST_TEST(top.shows("f PATH  q quit"), top.shown());
    top.press('x');
    BOOST_TEST(top.shows("f PATH  q quit"), top.shown());
    top.resize(60);
    BOOST_TEST(top.shows("f PATH  q quit"), top.shown());
    top.press('q');
    BOOST_TEST(top.comes_to_end().value_or(-1) == 0);
    BOOST_TEST(top.shows(left_screen), top.shown());
    BOOST_TEST(top.echoes());
}

BOOST_AUTO_TEST_CASE(signals_give_the_terminal_back) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        top_world in;
        on_terminal top(in);
        BOOST_TEST(top.shows("q quit"), top.shown());
        top.signal(number);
        const auto status = top.comes_to_end();
        BOOST_TEST_REQUIRE(status.has_value());
        BOOST_TEST(WIFSIGNALED(*status));
        BOOST_TEST(WTERMSIG(*status) == number);
        BOOST_TEST(top.shows(left_screen), top.shown());
        BOOST_TEST(top.echoes());
    }
}

BOOST_AUTO_TEST_CASE(stop_returns_terminal_and_continue_retakes) {
    top_world in;
    on_terminal top(in, "\"$@\"; echo came back $?; read -r; fg");
    BOOST_TEST(top.shows("q quit"), top.shown());
    top.press(stop_key);
    BOOST_TEST(top.shows(left_screen), top.shown());
    BOOST_TEST(top.shows("came back " + std::to_string(128 + SIGTSTP)), top.shown());
    BOOST_TEST(top.echoes());
    top.press('\n');
    BOOST_TEST(top.shows("\x1b[?1049h"), top.shown());
    BOOST_TEST(top.shows("q quit"), top.shown());
    BOOST_TEST(!top.echoes());
    top.press('q');
    BOOST_TEST(top.comes_to_end().value_or(-1) == 0);
    BOOST_TEST(top.echoes());
}

BOOST_AUTO_TEST_CASE(stop_key_is_ignored_when_orphaned) {
    top_world in;
    on_terminal top(in);
    BOOST_TEST(top.shows("q quit"), top.shown());
    top.press(stop_key);
    BOOST_TEST(top.shows(left_screen), top.shown());
    BOOST_TEST(top.shows("q quit"), top.shown());
    BOOST_TEST(!top.echoes());
    top.press('q');
    BOOST_TEST(top.comes_to_end().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(background_waits_before_restoring_mode) {
    top_world in;
    on_terminal top(in, "stty -echo -icanon; \"$@\" & wait $!; echo came back $?; stty echo icanon; fg");
    BOOST_TEST(top.shows("came back " + std::to_string(128 + SIGTTOU)), top.shown());
    BOOST_TEST(top.shows("q quit"), top.shown());
    top.press('q');
    BOOST_TEST(top.comes_to_end().value_or(-1) == 0);
    BOOST_TEST(top.echoes());
}

BOOST_AUTO_TEST_CASE(background_process_can_be_ended) {
    top_world in;
    // The shell may consider the job stopped until the shell is notified of the end.
    const char* const script =
        "\"$@\"; p=$(jobs -p); bg; wait %1; kill %1; while kill -0 ${p:?} 2>&-; do :; done; echo it has ended";
    on_terminal top(in, script);
    BOOST_TEST(top.shows("q quit"), top.shown());
    top.press(stop_key);
    BOOST_TEST(top.shows(left_screen), top.shown());
    BOOST_TEST(top.shows("it has ended"), top.shown());
    BOOST_TEST(top.echoes());
}

BOOST_AUTO_TEST_CASE(terminal_waits_for_lost_daemon) {
    top_world in;
    on_terminal top(in);
    BOOST_TEST(top.shows("  512K "), top.shown());
    BOOST_TEST(in.stop());
    BOOST_TEST(top.shows("no daemon listens; tried again"), top.shown());
    in.start();
    BOOST_TEST(top.shows("b BYTES  r reads"), top.shown());
    BOOST_TEST(top.shows("  512K "), top.shown());
    top.press('q');
    BOOST_TEST(top.comes_to_end().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(times_are_utc) {
    BOOST_TEST(dmfilemapctl::text_of_time(0) == "1970-01-01T00:00:00Z");
    BOOST_TEST(dmfilemapctl::text_of_time(1'790'000'000.75) == "2026-09-21T14:13:20Z");
}

BOOST_AUTO_TEST_SUITE_END()
