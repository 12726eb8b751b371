#pragma once

#include "model/region_log.hpp"
#include "storage/journal.hpp"

#include <memory>
#include <span>
#include <string>

namespace dirtylog {

/// How far a log has come, as far as a process that takes it up must know.
enum class live_phase : std::uint32_t {
    /// The mirror works.
    resumed = 1,
    /// POSTSUSPEND was seen: nothing is being written.
    suspended = 2,
};

/**
 * @brief What a log knows of its regions, in memory that outlives the process: a mapped file of `/run`.
 * @details
 * After a restart in the same boot the kernel goes on as if nothing had happened, so that both bitmaps must be what
 * they were, to the bit. The file has room for all it holds from the beginning, so that no store can fail. The bits of
 * a log of kind `core` are nowhere else; so those of its checkpoints are here, too.
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

    /// In place of what an earlier log of that address has left. It is found only after @ref publish.
    [[nodiscard]] static result<std::unique_ptr<live_state>> create(const std::string& directory, const identity& of);
    /// nullptr: there is none, or it is of another log or boot.
    [[nodiscard]] static result<std::unique_ptr<live_state>> attach(const std::string& directory, const log_key& key,
                                                                    const boot_id& boot);
    static void remove(const std::string& directory, log_luid luid) noexcept;

    live_state(const live_state&) = delete;
    live_state& operator=(const live_state&) = delete;
    ~live_state();

    /// From now on it is found, with all that it says.
    [[nodiscard]] result<void> publish();

    [[nodiscard]] geometry shape() const noexcept;
    [[nodiscard]] region_count regions() const noexcept { return shape().regions(); }
    [[nodiscard]] live_words words() noexcept;
    [[nodiscard]] bool has_checkpoints() const noexcept;
    /// What has changed since a checkpoint, up to the last one; of a log that keeps them here.
    [[nodiscard]] std::span<std::uint64_t> checkpoint_words(std::size_t place) noexcept;
    [[nodiscard]] std::array<checkpoint, layout::checkpoints> checkpoints() const noexcept;
    void put_checkpoint(std::size_t place, const checkpoint& what) noexcept;

    [[nodiscard]] live_phase phase() const noexcept;
    void set_phase(live_phase now) noexcept;
    [[nodiscard]] std::uint64_t epoch() const noexcept;
    void set_epoch(std::uint64_t now) noexcept;

    /// Takes over what the log of the table before knew. Regions that it had not are
    /// @p clean and in sync, or neither.
    void continue_from(live_state& before, bool clean) noexcept;
    /// All regions alike: clean and in sync, or neither. All have changed.
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
