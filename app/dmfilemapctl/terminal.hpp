#pragma once

#include <cstddef>

namespace dmfilemapctl {

/// What the standard output can show.
struct screen {
    std::size_t width = 80;
    /// Characters beyond ASCII.
    bool blocks = false;
    bool colours = false;
};

/// Of a terminal its width, else COLUMNS or 80; blocks in a locale of UTF-8; colours on a terminal, unless NO_COLOR is
/// set.
[[nodiscard]] screen screen_of_stdout();

}  // namespace dmfilemapctl
