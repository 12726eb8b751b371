#pragma once

#include "model/region_log.hpp"
#include "storage/journal.hpp"

#include <memory>
#include <span>
#include <string>

namespace dirtylog {

/// Phase of a log that the next process must know.
enum class live_phase : std::uint32_t {
    /// The mirror is in use.
    resumed = 1,
    /// POSTSUSPEND arrived: no write is in progress.
    suspended = 2,
};

/**
 * @brief State of a log's regions in memory that outlives the process: a mapped file in `/run`.
 * @details
 * After a server restart in the same boot the kernel continues without notice, so both bitmaps must be restored bit by
 * bit. The file is allocated in full at creation, so that no store can fail. A log of kind `core` has no other storage,
 * so its checkpoints are also here.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class live_state {
public:
    struct identity {
        log_key key;
        boot_id boot;
        geometry shape;
        bool with_checkpoints = false;
    };

    /// Creates the state and replaces that of an earlier log with the same address. `attach` finds it only after @ref
    /// publish.
    [[nodiscard]] static result<std::unique_ptr<live_state>> create(const std::string& directory, const identity& of);
    /// Maps the state of a log. nullptr: no state, or a state of another log or boot.
    [[nodiscard]] static result<std::unique_ptr<live_state>> attach(const std::string& directory, const log_key& key,
                                                                    const boot_id& boot);
    static void remove(const std::string& directory, log_luid luid) noexcept;

    live_state(const live_state&) = delete;
    live_state& operator=(const live_state&) = delete;
    ~live_state();

    /// Renames the file into place, so that `attach` finds it with its content.
    [[nodiscard]] result<void> publish();

    [[nodiscard]] geometry shape() const noexcept;
    [[nodiscard]] region_count regions() const noexcept { return shape().regions(); }
    [[nodiscard]] live_words words() noexcept;
    [[nodiscard]] bool has_checkpoints() const noexcept;
    /// Regions that changed between a checkpoint and the last one. Only if `has_checkpoints`.
    [[nodiscard]] std::span<std::uint64_t> checkpoint_words(std::size_t place) noexcept;
    [[nodiscard]] std::array<checkpoint, layout::checkpoints> checkpoints() const noexcept;
    void put_checkpoint(std::size_t place, const checkpoint& what) noexcept;

    [[nodiscard]] live_phase phase() const noexcept;
    void set_phase(live_phase now) noexcept;
    [[nodiscard]] std::uint64_t epoch() const noexcept;
    void set_epoch(std::uint64_t now) noexcept;

    /// Copies the state of the previous table's log. Regions that the previous log did not have are clean and in sync
    /// if @p clean, otherwise neither.
    void continue_from(live_state& before, bool clean) noexcept;
    /// Sets all regions to clean and in sync, or to neither. All regions are changed.
    void fill(bool clean) noexcept;

private:
    struct head;
    live_state(std::span<std::byte> memory, std::string path) noexcept : memory_(memory), path_(std::move(path)) {}
    [[nodiscard]] head& at() const noexcept;
    [[nodiscard]] std::span<std::uint64_t> words(std::size_t which) const noexcept;

    std::span<std::byte> memory_;
    std::string path_;
};

}  // namespace dirtylog
