#pragma once

#include <cstddef>
#include <string_view>

#include <termios.h>

namespace dmfilemapctl {

/// Capabilities of the standard output.
struct screen {
    std::size_t width = 80;
    std::size_t height = 24;
    /// Characters beyond ASCII.
    bool blocks = false;
    bool colours = false;
};

/// A terminal's size, otherwise COLUMNS or 80; block characters in a UTF-8 locale; colours on a terminal unless
/// NO_COLOR is set.
[[nodiscard]] screen screen_of_stdout();

/**
 * @brief A terminal that shows one screen after another, and its keys.
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
    /// Readable when a key was pressed. A descriptor of its own, so that its mode does not affect stdin.
    [[nodiscard]] int keys() const noexcept { return keys_; }

    /// Until then the mode may be one of the shell's own. @throws app::startup_error
    void wait_for_foreground() const;
    /// Takes the terminal. May be called again after another program has used it. @throws app::startup_error
    void enter();
    /// Restores the terminal's earlier mode.
    void leave() noexcept;
    /// @param text Lines. The screen shows as many as fit.
    void draw(std::string_view text) const;

private:
    int keys_ = -1;
    bool entered_ = false;
    termios before_{};
};

}  // namespace dmfilemapctl
