#pragma once

#include "support/process.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace filemap::test {

struct written {
    std::uint64_t writes = 0;
    std::uint64_t failures = 0;
    milliseconds longest{0};
    /// Regions to which a write was started.
    std::set<std::uint64_t> regions;
};

/// Threads that write blocks of 4 KiB at random offsets of a device with O_DIRECT, one at a time per thread.
class writers {
public:
    struct where {
        std::string node;
        /// In sectors.
        std::uint64_t length = 0;
        std::uint64_t region = 0;
        unsigned threads = 4;
        unsigned seed = 1;
        /// Size of a window that moves four times a second, in sectors; 0: the whole device.
        std::uint64_t window = 0;
        /// Pause between two writes of a thread.
        milliseconds pause{0};
    };
    explicit writers(where to);
    writers(const writers&) = delete;
    writers& operator=(const writers&) = delete;
    ~writers();

    [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
    /// Returns the longest write since the last call. A write in progress counts with its time so far.
    [[nodiscard]] milliseconds longest();
    /// Waits for the writes in progress.
    written stop();

private:
    using clock = std::chrono::steady_clock;
    struct worker;
    void run(worker& own);
    [[nodiscard]] std::uint64_t place(std::uint64_t number) const;

    where to_;
    const clock::time_point began_ = clock::now();
    std::atomic<bool> stopped_{false};
    std::atomic<std::uint64_t> writes_{0};
    std::atomic<std::uint64_t> failures_{0};
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::thread> threads_;
    milliseconds max_ever_{0};
};

}  // namespace filemap::test
