#pragma once

#include <cstddef>
#include <string_view>

#include <termios.h>

namespace dmfilemapctl {

/// What the standard output can show.
struct screen {
    std::size_t width = 80;
    std::size_t height = 24;
    /// Characters beyond ASCII.
    bool blocks = false;
    bool colours = false;
};

/// Of a terminal its size, else COLUMNS or 80; blocks in a locale of UTF-8; colours on a terminal, unless NO_COLOR is
/// set.
[[nodiscard]] screen screen_of_stdout();

/**
 * @brief A terminal on which pictures take each other's place, and its keys.
 * @par Thread-safety  One object in a process.
 */
class full_screen {
public:
    /// Whether stdout is a terminal that can, and there are keys. Opens these.
    full_screen();
    full_screen(const full_screen&) = delete;
    full_screen& operator=(const full_screen&) = delete;
    /// As `leave`.
    ~full_screen();

    [[nodiscard]] bool is_there() const noexcept { return keys_ >= 0; }
    /// Readable when a key was pressed. Not that of stdin, so that its mode is nobody else's.
    [[nodiscard]] int keys() const noexcept { return keys_; }

    /// Until then the mode may be one of the shell's own. @throws app::startup_error
    void wait_for_foreground() const;
    /// Takes the terminal; may be called again when somebody else has had it. @throws app::startup_error
    void enter();
    /// Leaves it as it was before.
    void leave() noexcept;
    /// @param text Lines, of which the screen shows those that it has room for.
    void draw(std::string_view text) const;

private:
    int keys_ = -1;
    bool entered_ = false;
    termios before_{};
};

}  // namespace dmfilemapctl
