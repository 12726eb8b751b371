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
    /// Regions that a write was begun to.
    std::set<std::uint64_t> regions;
};

/// Threads that write blocks of 4 KiB at random places of a device, past the page cache, each after the other.
class writers {
public:
    struct where {
        std::string node;
        /// In sectors.
        std::uint64_t length = 0;
        std::uint64_t region = 0;
        unsigned threads = 4;
        unsigned seed = 1;
        /// If not 0, only so much at a time, elsewhere four times a second. In sectors.
        std::uint64_t window = 0;
        /// Between two writes of a thread.
        milliseconds pause{0};
    };
    explicit writers(where to);
    writers(const writers&) = delete;
    writers& operator=(const writers&) = delete;
    ~writers();

    [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
    /// The longest write since this was asked last; one that goes on counts with what it has taken.
    [[nodiscard]] milliseconds longest();
    /// Waits for the writes that go on.
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
