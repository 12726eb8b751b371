#pragma once

#include <string>

namespace app::config {

/// Where a configuration says something, for messages.
struct source_place {
    std::string file;
    unsigned line = 0;
    /// In characters, from 1.
    unsigned column = 0;
};

/// "FILE:LINE:COLUMN".
[[nodiscard]] std::string to_string(const source_place& place);

}  // namespace app::config
