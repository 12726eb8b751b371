#include "support/writers.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::test {
namespace {
constexpr std::uint64_t block = 4096, sector = 512;
constexpr milliseconds window_stays{250};
}  // namespace

struct writers::worker {
    unsigned seed = 0;
    std::atomic<clock::rep> began{0};
    std::atomic<clock::rep> longest{0};
    std::set<std::uint64_t> regions;
};

writers::writers(where to) : to_(std::move(to)) {
    for (unsigned i = 0; i < to_.threads; ++i) {
        workers_.push_back(std::make_unique<worker>());
        workers_.back()->seed = to_.seed * 1000 + i;
    }
    for (const auto& each : workers_) threads_.emplace_back([this, own = each.get()] { run(*own); });
}

writers::~writers() {
    (void)stop();
}

// In bytes.
std::uint64_t writers::place(std::uint64_t number) const {
    const std::uint64_t wide = to_.window == 0 ? to_.length : to_.window;
    std::uint64_t first = 0;
    if (to_.window != 0) {
        const auto turn = static_cast<std::uint64_t>((clock::now() - began_) / window_stays);
        first = std::mt19937_64(to_.seed + turn)() % (to_.length - wide);
    }
    return (first * sector + number % (wide * sector)) / block * block;
}

void writers::run(worker& own) {
    const int file = ::open(to_.node.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
    auto* const bytes = static_cast<char*>(std::aligned_alloc(block, block));
    std::mt19937_64 random(own.seed);
    while (!stopped_) {
        const std::uint64_t at = place(random());
        const std::uint64_t number = random();
        for (std::uint64_t i = 0; i < block; i += sizeof number) std::memcpy(bytes + i, &number, sizeof number);
        own.regions.insert(at / sector / to_.region);
        const auto began = clock::now().time_since_epoch().count();
        own.began = began;
        const bool is_written = ::pwrite(file, bytes, block, static_cast<off_t>(at)) == static_cast<ssize_t>(block);
        own.began = 0;
        own.longest = std::max(own.longest.load(), clock::now().time_since_epoch().count() - began);
        ++(is_written ? writes_ : failures_);
        if (to_.pause.count() > 0) std::this_thread::sleep_for(to_.pause);
    }
    std::free(bytes);
    ::close(file);
}

milliseconds writers::longest() {
    clock::duration most{0};
    for (const auto& each : workers_) {
        most = std::max(most, clock::duration(each->longest.exchange(0)));
        if (const auto began = each->began.load(); began != 0)
            most = std::max(most, clock::now().time_since_epoch() - clock::duration(began));
    }
    max_ever_ = std::max(max_ever_, std::chrono::duration_cast<milliseconds>(most));
    return std::chrono::duration_cast<milliseconds>(most);
}

written writers::stop() {
    stopped_ = true;
    for (std::thread& each : threads_) each.join();
    threads_.clear();
    (void)longest();
    written all{writes_, failures_, max_ever_, {}};
    for (const auto& each : workers_) all.regions.insert(each->regions.begin(), each->regions.end());
    return all;
}

}  // namespace filemap::test
