#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace filemap::bench {

struct direct_io {
    std::string node;
    /// Size of the range and of each request, in bytes.
    std::uint64_t length = 0;
    std::uint64_t block = 4096;
    /// Requests in flight.
    unsigned depth = 1;
    bool reads = false;
    std::chrono::milliseconds how_long{2000};
};

/// Random reads or writes with O_DIRECT. @return Requests per second.
[[nodiscard]] double direct_io_rate(const direct_io& what);

}  // namespace filemap::bench
