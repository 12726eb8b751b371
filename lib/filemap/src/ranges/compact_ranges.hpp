#pragma once

#include <filemap/units.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace filemap {

/// Ascending, non-touching ranges in a few bytes each. Sparse files have very many ranges, which the monitor keeps.
class compact_ranges {
public:
    /// Appends a range; joins it to the last if they touch. @pre It starts no earlier than the last one ends.
    void append(sector_range range);
    void shrink_to_fit() { bytes_.shrink_to_fit(); }

    /// Reads the ranges in ascending order. The ranges must outlive the reader, unchanged.
    class reader {
    public:
        explicit reader(const compact_ranges& of) noexcept : of_(&of) {}
        /// Returns an empty optional after the last range.
        [[nodiscard]] std::optional<sector_range> next();

    private:
        [[nodiscard]] std::uint64_t take();

        const compact_ranges* of_;
        std::size_t at_ = 0;
        sectors end_;
        bool last_read_ = false;
    };

private:
    void put(std::uint64_t number);

    // Distance of each range from the end of the previous one, and its length: 7 bits a byte, the lowest first.
    std::vector<std::uint8_t> bytes_;
    sectors packed_until_;
    // The last range, which may still grow.
    sector_range last_;
};

}  // namespace filemap
