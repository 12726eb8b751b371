#pragma once

#include <filemap/units.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace filemap {

/// Ranges that ascend and do not touch, each in some bytes only: it is kept for as long as a file is followed, and a
/// sparse file has very many.
class compact_ranges {
public:
    /// @pre It starts no earlier than the last one ends. One that touches the last is joined to it.
    void append(sector_range range);
    void shrink_to_fit() { bytes_.shrink_to_fit(); }

    /// Walks the ranges in ascending order. The ranges must outlive it, unchanged.
    class reader {
    public:
        explicit reader(const compact_ranges& of) noexcept : of_(&of) {}
        /// Empty after the last.
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

    // How far each begins after the end of the one before, and its length: in 7 bits a byte, the lowest first.
    std::vector<std::uint8_t> bytes_;
    sectors packed_until_;
    // The last one, which may be joined by more.
    sector_range last_;
};

}  // namespace filemap
