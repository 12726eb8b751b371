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
 * @brief The last list of one device by program: monitors that want one at the same time, as all do when anybody was
 * at the control node, ask the kernel once.
 * @details While it has several users and a list takes long, lists keep a distance, so that those who come to want one
 * meanwhile share the next.
 * @par Thread-safety  Shared objects: safe.
 */
class list_cache {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    /// That a monitor is about to work on the device, or does, until this is destroyed. The list must outlive it.
    class reader {
    public:
        explicit reader(list_cache& cache) noexcept : cache_(&cache) { ++cache.readers_; }
        reader(const reader&) = delete;
        reader& operator=(const reader&) = delete;
        ~reader() { --cache_->readers_; }

    private:
        list_cache* cache_;
    };

    /// nullptr: none of this program was begun since.
    [[nodiscard]] std::shared_ptr<const group_index> find(const std::string& program_id, time_point since) const;

    /// Lists the regions anew. Blocks. @par Errors As `dm::statistics::list`.
    [[nodiscard]] result<std::shared_ptr<const group_index>> read(dm::statistics& device,
                                                                  const std::string& program_id);

    [[nodiscard]] std::size_t readers() const noexcept { return readers_; }

    /// The next list may be read now.
    void end_pause();

    /// When the next list may be read: in the past for the only user.
    [[nodiscard]] time_point due() const;

    /// Gives the memory back; what size the lists had is remembered.
    void release_memory();

private:
    struct dated {
        // nullptr: dropped.
        std::shared_ptr<const group_index> groups;
        time_point begun_at;
        // Bytes.
        std::size_t size = 0;
    };

    [[nodiscard]] std::size_t expected_size(const std::string& program_id) const;

    mutable std::mutex mutex_;
    std::map<std::string, dated> lists_;
    time_point due_;
    std::atomic<std::size_t> readers_ = 0;
};

}  // namespace filemap
