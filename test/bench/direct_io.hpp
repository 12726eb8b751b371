#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace filemap::bench {

struct direct_io {
    std::string node;
    /// In bytes: where, and how much at a time.
    std::uint64_t length = 0;
    std::uint64_t block = 4096;
    /// So many at a time.
    unsigned depth = 1;
    bool reads = false;
    std::chrono::milliseconds how_long{2000};
};

/// Random reads or writes past the page cache. @return How many were done a second.
[[nodiscard]] double direct_io_rate(const direct_io& what);

}  // namespace filemap::bench
