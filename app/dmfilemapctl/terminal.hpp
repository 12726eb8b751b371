#pragma once

#include <cstddef>
#include <string_view>

#include <termios.h>

namespace dmfilemapctl {

/// Capabilities of the standard output.
struct screen {
    std::size_t width = 80;
    std::size_t height = 24;
    /// True if characters beyond ASCII can be shown.
    bool blocks = false;
    bool colours = false;
};

/// Returns the capabilities of stdout. The width is the terminal's, otherwise COLUMNS or 80. A UTF-8 locale has block
/// characters. A terminal has colours unless NO_COLOR is set.
[[nodiscard]] screen screen_of_stdout();

/**
 * @brief Terminal that shows full-screen tables and reads keys.
 * @par Thread-safety  One object per process.
 */
class full_screen {
public:
    /// Opens the terminal for keys if stdout is a suitable terminal.
    full_screen();
    full_screen(const full_screen&) = delete;
    full_screen& operator=(const full_screen&) = delete;
    /// Calls `leave`.
    ~full_screen();

    [[nodiscard]] bool is_there() const noexcept { return keys_ >= 0; }
    /// Returns a descriptor that is readable after a key press. Its open file is separate, so that its mode does not
    /// affect stdin.
    [[nodiscard]] int keys() const noexcept { return keys_; }

    /// Waits until the program is in the foreground; before, the shell may have set its own mode. @throws
    /// app::startup_error
    void wait_for_foreground() const;
    /// Switches to full screen. Call again after another program has used the terminal. @throws app::startup_error
    void enter();
    /// Restores the terminal's earlier mode.
    void leave() noexcept;
    /// Draws the lines of @p text that fit on the screen.
    void draw(std::string_view text) const;

private:
    int keys_ = -1;
    bool entered_ = false;
    termios before_{};
};

}  // namespace dmfilemapctl
