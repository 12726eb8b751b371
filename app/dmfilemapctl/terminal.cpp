#include "terminal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dmfilemapctl {
namespace {

// A picture that is narrower shows nothing.
constexpr std::size_t least_width = 40;

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

}  // namespace

screen screen_of_stdout() {
    screen found;
    winsize size{};
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool is_sized = is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    found.width = std::max(least_width, is_sized ? std::size_t{size.ws_col} : width_asked_for());
    found.blocks = is_utf8_locale();
    found.colours = is_terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    return found;
}

}  // namespace dmfilemapctl
