#include "dmfilemapctl/terminal.hpp"

#include "common/cli/program.hpp"
#include "common/cli/startup_error.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <utility>

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dmfilemapctl {
namespace {

// Minimum width; narrower bars are not readable.
constexpr std::size_t min_width = 40;

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

bool is_utf8_locale() {
    const locale_t chosen = ::newlocale(LC_CTYPE_MASK, "", nullptr);
    if (!chosen) return false;
    const bool is_utf8 = std::strcmp(::nl_langinfo_l(CODESET, chosen), "UTF-8") == 0;
    ::freelocale(chosen);
    return is_utf8;
}

std::size_t width_asked_for() {
    const std::string_view columns = variable("COLUMNS");
    std::size_t width = 0;
    const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
    return error == std::errc{} && end == columns.data() + columns.size() ? width : 80;
}

// Switches to the alternate screen, hides the cursor, and truncates long lines.
constexpr std::string_view begin_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view end_screen = "\x1b[?7h\x1b[?25h\x1b[?1049l";

[[noreturn]] void refuse_terminal() {
    throw app::startup_error(std::string("terminal: ") + std::strerror(errno));
}

void set_mode(int terminal, const termios& mode) noexcept {
    while (::tcsetattr(terminal, TCSADRAIN, &mode) != 0 && errno == EINTR) {
    }
}

}  // namespace

screen screen_of_stdout() {
    screen found;
    winsize size{};
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool is_sized = is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    found.width = std::max(min_width, is_sized ? std::size_t{size.ws_col} : width_asked_for());
    if (is_sized && size.ws_row != 0) found.height = size.ws_row;
    found.blocks = is_utf8_locale();
    found.colours = is_terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    return found;
}

full_screen::full_screen() {
    const std::string_view kind = variable("TERM");
    if (::isatty(STDOUT_FILENO) != 1 || kind.empty() || kind == "dumb") return;
    keys_ = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

full_screen::~full_screen() {
    leave();
    if (keys_ >= 0) ::close(keys_);
}

// In the background, tcdrain stops the process group, or fails if the group is orphaned.
void full_screen::wait_for_foreground() const {
    while (::tcdrain(keys_) != 0)
        if (errno != EINTR) refuse_terminal();
}

void full_screen::enter() {
    if (!entered_ && ::tcgetattr(keys_, &before_) != 0) refuse_terminal();
    entered_ = true;
    termios mode = before_;
    // Delivers keys at once and without echo. Keys that send signals still do.
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    set_mode(keys_, mode);
    app::print(begin_screen);
}

void full_screen::leave() noexcept {
    if (!std::exchange(entered_, false)) return;
    // Errors cannot be shown any more and are ignored.
    std::cout << end_screen << std::flush;
    set_mode(keys_, before_);
}

void full_screen::draw(std::string_view text) const {
    constexpr std::string_view home = "\x1b[H", clear_line = "\x1b[K", clear_rest = "\n\x1b[J";
    std::string drawn(home);
    std::size_t left = screen_of_stdout().height;
    for (; left > 0 && !text.empty(); --left) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        // Omits the line end after the last line, because it would scroll the screen.
        drawn.append(clear_line).append(line).append(left > 1 && !text.empty() ? "\n" : "");
    }
    if (left > 0) drawn.append(clear_rest);
    app::print(drawn);
}

}  // namespace dmfilemapctl
