#pragma once

#include <cstddef>
#include <string>

namespace filemap::bench {

struct asked {
    double seconds = 0;
    std::size_t bytes = 0;
    /// The last few kilobytes of the answer.
    std::string end;
};

/// Asks a service for @p target, up to the answer's last byte, and throws most of it away.
[[nodiscard]] asked ask(const std::string& control_socket, const std::string& target);

}  // namespace filemap::bench
