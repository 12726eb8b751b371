#pragma once

#include "model/units.hpp"

#include <bit>
#include <span>
#include <vector>

namespace dirtylog {

/// Words with a bit per region. Bits behind the last region are 0.
using bit_words = std::vector<std::uint64_t>;

inline constexpr std::size_t bits_in_word = 64;

[[nodiscard]] constexpr std::size_t words_for(region_count regions) noexcept {
    return (regions.count() + bits_in_word - 1) / bits_in_word;
}

[[nodiscard]] inline region_count count_ones(std::span<const std::uint64_t> words) noexcept {
    std::uint64_t ones = 0;
    for (const std::uint64_t each : words) ones += static_cast<std::uint64_t>(std::popcount(each));
    return region_count{ones};
}

/// Bitmap over words that another object owns. Each change is one store, so a killed process leaves either the old or
/// the new value.
class bitmap {
public:
    bitmap() noexcept = default;
    /// @param words At least `words_for(regions)`.
    bitmap(region_count regions, std::span<std::uint64_t> words) noexcept
        : words_(words.first(words_for(regions))), regions_(regions) {}

    [[nodiscard]] region_count regions() const noexcept { return regions_; }
    [[nodiscard]] std::span<std::uint64_t> words() const noexcept { return words_; }

    [[nodiscard]] bool test(region which) const noexcept { return (word(which) & mask(which)) != 0; }
    /// @return true if the bit changed.
    bool set(region which) const noexcept { return put(which, word(which) | mask(which)); }
    bool reset(region which) const noexcept { return put(which, word(which) & ~mask(which)); }

    void fill(bool value) const noexcept {
        std::ranges::fill(words_, value ? ~std::uint64_t{0} : 0);
        trim();
    }
    /// Clears the bits behind the last region.
    void trim() const noexcept {
        if (regions_.count() % bits_in_word != 0)
            words_.back() &= (std::uint64_t{1} << regions_.count() % bits_in_word) - 1;
    }

    [[nodiscard]] region_count count() const noexcept { return count_ones(words_); }

private:
    [[nodiscard]] std::uint64_t& word(region which) const noexcept { return words_[which.value() / bits_in_word]; }
    [[nodiscard]] static std::uint64_t mask(region which) noexcept {
        return std::uint64_t{1} << which.value() % bits_in_word;
    }
    bool put(region which, std::uint64_t changed) const noexcept {
        std::uint64_t& at = word(which);
        if (at == changed) return false;
        at = changed;
        return true;
    }

    std::span<std::uint64_t> words_;
    region_count regions_;
};

/// Returns the first region at or above @p from whose bit is 1. @p word_at returns the word at an index.
template <class WordAt>
[[nodiscard]] std::optional<region> find_first(region_count regions, region from, WordAt word_at) noexcept {
    std::size_t i = from.value() / bits_in_word;
    std::uint64_t skipped = ~std::uint64_t{0} << from.value() % bits_in_word;
    for (; i < words_for(regions); ++i, skipped = ~std::uint64_t{0}) {
        const std::uint64_t found = word_at(i) & skipped;
        if (found == 0) continue;
        const region first{i * bits_in_word + static_cast<std::uint64_t>(std::countr_zero(found))};
        if (first.value() < regions.count()) return first;
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace dirtylog
