#pragma once

#include <string>

namespace app::config {

/// Position in a configuration file, for messages.
struct source_place {
    std::string file;
    unsigned line = 0;
    /// Column in characters, from 1.
    unsigned column = 0;
};

/// Returns "FILE:LINE:COLUMN".
[[nodiscard]] std::string to_string(const source_place& place);

}  // namespace app::config
