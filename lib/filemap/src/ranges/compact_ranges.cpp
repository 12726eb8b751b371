#include "ranges/compact_ranges.hpp"

namespace filemap {
namespace {

constexpr unsigned bits = 7;
constexpr std::uint8_t more_follow = 1U << bits;

}  // namespace

void compact_ranges::append(sector_range range) {
    if (range.length.count() == 0) return;
    if (last_.length.count() > 0 && range.start == last_.end()) {
        last_.length += range.length;
        return;
    }
    if (last_.length.count() > 0) {
        put((last_.start - packed_until_).count());
        put(last_.length.count());
        packed_until_ = last_.end();
    }
    last_ = range;
}

void compact_ranges::put(std::uint64_t number) {
    for (; number >= more_follow; number >>= bits)
        bytes_.push_back(static_cast<std::uint8_t>(number % more_follow | more_follow));
    bytes_.push_back(static_cast<std::uint8_t>(number));
}

std::uint64_t compact_ranges::reader::take() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += bits) {
        const std::uint8_t byte = of_->bytes_[at_++];
        number |= static_cast<std::uint64_t>(byte % more_follow) << shift;
        if (byte < more_follow) return number;
    }
}

std::optional<sector_range> compact_ranges::reader::next() {
    if (at_ < of_->bytes_.size()) {
        const sectors start = end_ + sectors{take()};
        const sectors length{take()};
        end_ = start + length;
        return sector_range{start, length};
    }
    if (last_read_ || of_->last_.length.count() == 0) return std::nullopt;
    last_read_ = true;
    return of_->last_;
}

}  // namespace filemap
