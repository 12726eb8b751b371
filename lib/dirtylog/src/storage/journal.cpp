#include "storage/journal.hpp"

#include <algorithm>
#include <cerrno>

namespace dirtylog {

namespace {

// File systems, volume managers and RAID have their signatures in this range.
constexpr std::size_t inspected_size = 128 * 1024;

// Epoch of a header that is written before the blocks of a new log.
constexpr std::uint64_t unfinished = 0;

constexpr bytes header_at(std::uint64_t generation) noexcept {
    return bytes{generation % layout::header_copies * layout::page_size};
}

result<bool> is_zero(storage& source) {
    std::vector<std::byte> begin(inspected_size);
    if (auto got = source.read(bytes{0}, begin); !got) return got.error();
    return std::ranges::all_of(begin, [](std::byte b) { return b == std::byte{}; });
}

result<block> block_from(storage& source, bytes at) {
    block got;
    if (auto read = source.read(at, got); !read) return read.error();
    return got;
}

}  // namespace

result<journal_state> journal::refresh() {
    std::optional<journal_header> newest;
    bool is_ours = false;
    for (std::uint64_t copy = 0; copy < layout::header_copies; ++copy) {
        const auto read = block_from(*storage_, header_at(copy));
        if (!read) return read.error();
        const auto header = read_header(*read);
        if (header && (!newest || header->generation > newest->generation)) newest = header;
        is_ours = is_ours || begins_as_header(*read);
    }
    if (newest) {
        header_ = *newest;
        return state_ = header_.epoch == unfinished ? journal_state::never_used : journal_state::whole;
    }
    if (is_ours) return state_ = journal_state::damaged;
    const auto zero = is_zero(*storage_);
    if (!zero) return zero.error();
    return state_ = *zero ? journal_state::never_used : journal_state::foreign;
}

result<journal_bits> journal::read() {
    const region_count regions = header_.shape.regions();
    journal_bits bits{bit_words(words_for(regions)), bit_words(words_for(regions)), 0};
    for (std::size_t group = 0; group < layout::groups_for(regions); ++group) {
        const auto got = block_from(*storage_, layout::block_at(group, 0));
        if (!got) return got.error();
        const auto dirty = layout::words_of(std::span(bits.dirty), group);
        const auto changed = layout::words_of(std::span(bits.changed), group);
        const auto words = read_block(*got, place_of(group, 0));
        if (!words) {
            ++bits.damaged;
            std::ranges::fill(dirty, ~std::uint64_t{0});
            std::ranges::fill(changed, ~std::uint64_t{0});
            continue;
        }
        for (std::size_t i = 0; i < dirty.size(); ++i) {
            dirty[i] = words->first[i];
            // The checkpoints hold the changes of earlier epochs.
            changed[i] = words->first[i] | (words->epoch >= header_.epoch ? words->second[i] : 0);
        }
    }
    bitmap(regions, bits.dirty).trim();
    bitmap(regions, bits.changed).trim();
    return bits;
}

result<bit_words> journal::read_checkpoint(std::size_t place) {
    const region_count regions = header_.shape.regions();
    bit_words changed(words_for(regions));
    for (std::size_t group = 0; group < layout::groups_for(regions); ++group) {
        const auto got = block_from(*storage_, layout::block_at(group, place + 1));
        if (!got) return got.error();
        const auto words = read_block(*got, place_of(group, place + 1));
        const auto into = layout::words_of(std::span(changed), group);
        // A block of an earlier checkpoint in this place counts as damaged.
        if (words && words->epoch == header_.checkpoints[place].epoch)
            std::copy_n(words->first.begin(), into.size(), into.begin());
        else
            std::ranges::fill(into, ~std::uint64_t{0});
    }
    bitmap(regions, changed).trim();
    return changed;
}

result<void> journal::rewrite(const journal_header& header, std::span<const std::uint64_t> dirty,
                              std::span<const std::uint64_t> changed) {
    const bool is_new = header.incarnation != header_.incarnation;
    if (is_new && state_ == journal_state::never_used) {
        journal_header first = header;
        first.generation = 0;
        first.epoch = unfinished;
        if (auto written = write_header(first); !written) return written;
    }
    // Do not compare with existing blocks: after a failed write, memory and disk may differ.
    for (std::size_t group = 0; group < layout::groups_for(header.shape.regions()); ++group) {
        const block what = make_block({header.incarnation, group, 0}, header.epoch, layout::words_of(dirty, group),
                                      layout::words_of(changed, group));
        if (auto written = storage_->write(layout::block_at(group, 0), what); !written) return written;
    }
    if (auto synced = storage_->sync(); !synced) return synced;
    journal_header next = header;
    next.generation = header_.generation;
    if (auto written = write_header(next); !written) return written;
    // Write both copies for a new log: if the second is lost, the first must not count as the newest.
    return is_new ? write_header(header_) : result<void>();
}

result<void> journal::write_header(const journal_header& header) {
    journal_header next = header;
    ++next.generation;
    if (auto written = storage_->write(header_at(next.generation), make_header(next)); !written) return written;
    if (auto synced = storage_->sync(); !synced) return synced;
    header_ = next;
    return {};
}

result<void> journal::write(std::span<const std::size_t> groups, std::span<const block> blocks) {
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (auto written = storage_->write(layout::block_at(groups[i], 0), blocks[i]); !written) return written;
    return storage_->sync();
}

result<void> journal::add_to_checkpoint(std::size_t place, std::span<const std::uint64_t> changed, bool is_new) {
    const std::uint64_t epoch = is_new ? header_.epoch + 1 : header_.checkpoints[place].epoch;
    bit_words all(changed.size());
    if (!is_new) {
        auto before = read_checkpoint(place);
        if (!before) return before.error();
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = (*before)[i] | changed[i];
    }
    for (std::size_t group = 0; group < layout::groups_for(header_.shape.regions()); ++group) {
        const auto words = layout::words_of(std::span<const std::uint64_t>(all), group);
        const block what = make_block(place_of(group, place + 1), epoch, words);
        if (auto written = storage_->write(layout::block_at(group, place + 1), what); !written) return written;
    }
    return {};
}

result<void> journal::begin_epoch(const checkpoint_name& name, std::span<const std::uint64_t> changed) {
    journal_header next = header_;
    ++next.epoch;
    const auto free = std::ranges::find(next.checkpoints, std::uint64_t{0}, &checkpoint::epoch);
    if (free == next.checkpoints.end()) return errno_failure(ENOSPC, "no free place for a checkpoint");
    *free = {name, next.epoch};
    for (std::size_t place = 0; place < layout::checkpoints; ++place) {
        const bool is_new = next.checkpoints[place].epoch == next.epoch;
        if (next.checkpoints[place].epoch == 0) continue;
        if (auto added = add_to_checkpoint(place, changed, is_new); !added) return added;
    }
    if (auto synced = storage_->sync(); !synced) return synced;
    auto written = write_header(next);
    // The header may have reached the disk despite an error. Blocks with a later epoch than the header's are valid.
    header_.epoch = next.epoch;
    return written;
}

result<bool> journal::forget_checkpoint(const checkpoint_name& name) {
    journal_header next = header_;
    const auto found = std::ranges::find_if(
        next.checkpoints, [&](const checkpoint& each) { return each.epoch != 0 && each.name == name; });
    if (found == next.checkpoints.end()) return false;
    *found = {};
    if (auto written = write_header(next); !written) return written.error();
    return true;
}

}  // namespace dirtylog
