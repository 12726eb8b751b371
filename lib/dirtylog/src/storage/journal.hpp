#pragma once

#include "model/bitmap.hpp"
#include "storage/storage.hpp"

#include <array>
#include <vector>

namespace dirtylog {

/// Name of a moment from which changes are counted.
using checkpoint_name = short_text<32>;

struct checkpoint {
    checkpoint_name name;
    /// Epoch that started with the checkpoint. 0: the place is free.
    std::uint64_t epoch = 0;

    friend bool operator==(const checkpoint&, const checkpoint&) noexcept = default;
};

/**
 * @brief Layout of a log on its file or device.
 * @details
 * ```
 *        0  header, one copy
 *     4096  header, the other copy: the one with the higher generation counts
 *     8192  group 0: block 0 with the dirty and the changed bits of 1920 regions,
 *                    blocks 1 to 7 with the bits that changed since each checkpoint
 *    12288  group 1 ...
 * ```
 * Each block is one sector with a checksum, its place and the log's incarnation, so a partial write is detected. The
 * regions of a damaged block are dirty and changed. Numbers have the machine's byte order. A region that is dirty on
 * disk counts as changed whatever its bit says, so its next mark needs no write.
 */
namespace layout {
inline constexpr std::size_t block_size = 512;
inline constexpr std::size_t page_size = 4096;
inline constexpr std::size_t group_words = 30;
inline constexpr std::size_t group_regions = group_words * bits_in_word;
inline constexpr std::size_t checkpoints = 7;
inline constexpr std::size_t header_copies = 2;

[[nodiscard]] constexpr std::size_t groups_for(region_count regions) noexcept {
    return (words_for(regions) + group_words - 1) / group_words;
}
[[nodiscard]] constexpr std::size_t group_of(region which) noexcept {
    return which.value() / group_regions;
}
[[nodiscard]] constexpr bytes size_for(region_count regions) noexcept {
    return bytes{(header_copies + groups_for(regions)) * page_size};
}
/// @param slot 0, or a checkpoint's place plus 1.
[[nodiscard]] constexpr bytes block_at(std::size_t group, std::size_t slot) noexcept {
    return bytes{(header_copies + group) * page_size + slot * block_size};
}
/// Returns the part of @p words that belongs to a group.
template <class Word>
[[nodiscard]] std::span<Word> words_of(std::span<Word> words, std::size_t group) noexcept {
    const std::size_t first = group * group_words;
    return words.subspan(first, std::min(group_words, words.size() - first));
}
}  // namespace layout

using block = std::array<std::byte, layout::block_size>;

struct block_place {
    std::uint64_t incarnation = 0;
    std::uint64_t group = 0;
    std::uint32_t slot = 0;
};

/// Makes a block. In slot 0 the first words are dirty bits and the second words changed bits; a checkpoint has only
/// first words.
[[nodiscard]] block make_block(const block_place& place, std::uint64_t epoch, std::span<const std::uint64_t> first,
                               std::span<const std::uint64_t> second = {}) noexcept;
struct block_words {
    std::uint64_t epoch = 0;
    std::array<std::uint64_t, layout::group_words> first{}, second{};
};
/// nullopt: damaged, or a block of another place.
[[nodiscard]] std::optional<block_words> read_block(const block& from, const block_place& place) noexcept;

struct journal_header {
    log_uuid uuid;
    geometry shape;
    /// Random number of the log, so that blocks of an earlier log in the same place are not used.
    std::uint64_t incarnation = 0;
    std::uint64_t generation = 0;
    std::uint64_t epoch = 1;
    std::array<checkpoint, layout::checkpoints> checkpoints;

    friend bool operator==(const journal_header&, const journal_header&) noexcept = default;
};

[[nodiscard]] block make_header(const journal_header& header) noexcept;
[[nodiscard]] std::optional<journal_header> read_header(const block& from) noexcept;
/// Returns true if the block is a header, damaged or not.
[[nodiscard]] bool begins_as_header(const block& from) noexcept;

enum class journal_state {
    /// All zeroes.
    never_used,
    whole,
    /// A log without an intact header: nothing is known.
    damaged,
    /// Other data, which must not be overwritten.
    foreign,
};

struct journal_bits {
    bit_words dirty;
    bit_words changed;
    /// Number of groups whose block was damaged.
    std::size_t damaged = 0;
};

/**
 * @brief Log on a file or device. All calls block.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class journal {
public:
    explicit journal(storage& source) noexcept : storage_(&source) {}

    /// Reads the headers.
    result<journal_state> refresh();
    [[nodiscard]] const journal_header& header() const noexcept { return header_; }

    /// Reads the bits of all regions that the header counts.
    result<journal_bits> read();
    /// Reads the changes between a checkpoint and the last one.
    result<bit_words> read_checkpoint(std::size_t place);

    /**
     * @brief Writes all blocks, then a header.
     * @details A header with another incarnation starts a new log. With the same incarnation the call may be
     * interrupted at any moment, provided the bits include all regions that were dirty before.
     */
    result<void> rewrite(const journal_header& header, std::span<const std::uint64_t> dirty,
                         std::span<const std::uint64_t> changed);
    result<void> write_header(const journal_header& header);

    /// Writes blocks of slot 0 and syncs them.
    result<void> write(std::span<const std::size_t> groups, std::span<const block> blocks);

    /// Adds @p changed to each checkpoint. Starts a new epoch with a checkpoint in a free place.
    result<void> begin_epoch(const checkpoint_name& name, std::span<const std::uint64_t> changed);
    /// @return true if the checkpoint existed.
    result<bool> forget_checkpoint(const checkpoint_name& name);

private:
    result<void> add_to_checkpoint(std::size_t place, std::span<const std::uint64_t> changed, bool is_new);
    [[nodiscard]] block_place place_of(std::size_t group, std::size_t slot) const noexcept {
        return {header_.incarnation, group, static_cast<std::uint32_t>(slot)};
    }

    storage* storage_;
    journal_state state_ = journal_state::foreign;
    journal_header header_;
};

}  // namespace dirtylog
