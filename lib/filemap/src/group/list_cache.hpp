#pragma once

#include "dm/group_index.hpp"

#include <filemap/dm/statistics.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace filemap {

/**
 * @brief Caches the last list of one device for each program id, so that monitors that need a list at the same time
 * share one kernel call.
 * @details If several readers exist and a list takes long, a pause follows each list. Readers that arrive during the
 * pause share the next list.
 * @par Thread-safety  Shared objects: safe.
 */
class list_cache {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    /// Registers a monitor that works, or will soon work, on the device. The cache must outlive the reader.
    class reader {
    public:
        explicit reader(list_cache& cache) noexcept : cache_(&cache) { ++cache.readers_; }
        reader(const reader&) = delete;
        reader& operator=(const reader&) = delete;
        ~reader() { --cache_->readers_; }

    private:
        list_cache* cache_;
    };

    /// Returns nullptr if no list of this program was started since.
    [[nodiscard]] std::shared_ptr<const group_index> find(const std::string& program_id, time_point since) const;

    /// Lists the regions. Blocks. @par Errors As `dm::statistics::list`.
    [[nodiscard]] result<std::shared_ptr<const group_index>> read(dm::statistics& device,
                                                                  const std::string& program_id);

    [[nodiscard]] std::size_t readers() const noexcept { return readers_; }

    /// Ends the pause: the next list may be read now.
    void end_pause();

    /// Returns when the next list may be read; a single reader never waits.
    [[nodiscard]] time_point due() const;

    /// Frees the lists and keeps their sizes.
    void release_memory();

private:
    struct dated {
        // List of the regions; nullptr if released.
        std::shared_ptr<const group_index> groups;
        time_point begun_at;
        // Length of the kernel's answer in bytes.
        std::size_t size = 0;
    };

    [[nodiscard]] std::size_t expected_size(const std::string& program_id) const;

    mutable std::mutex mutex_;
    std::map<std::string, dated> lists_;
    time_point due_;
    std::atomic<std::size_t> readers_ = 0;
};

}  // namespace filemap
