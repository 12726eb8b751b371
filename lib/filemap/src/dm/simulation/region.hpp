#pragma once

#include <filemap/dm/counters.hpp>
#include <filemap/dm/simulated_kernel.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace filemap::dm::detail {

/// Parameters of `@stats_create`.
struct region_parameters {
    sector_range range;
    std::uint64_t step = 0;
    bool precise = false;
    std::vector<std::uint64_t> bounds;
    std::string program_id = "-";
    std::string aux = "-";

    [[nodiscard]] std::uint64_t areas() const noexcept;

    /// Checks that sizes do not overflow, as the kernel does; EOVERFLOW if they do.
    [[nodiscard]] bool sizes_overflow() const noexcept;

    /// Returns the bytes that the kernel charges on a machine of one CPU; the largest number on overflow.
    [[nodiscard]] std::uint64_t memory() const noexcept;
};

/// A region of the simulated kernel, which counts and prints.
class simulated_region {
public:
    explicit simulated_region(region_parameters parameters);

    [[nodiscard]] const region_parameters& parameters() const noexcept { return parameters_; }
    void set_aux(std::string aux) { parameters_.aux = std::move(aux); }

    void count(io_direction direction, sector_range where, std::uint64_t nanoseconds);

    /// Returns the row of `@stats_list` after "ID: ".
    void append_row(std::string& text) const;

    /// Returns the rows of `@stats_print` for areas from @p first on.
    void append_counters(std::string& text, std::uint64_t first, std::uint64_t count) const;

    /// Sets the counters of those areas to zero.
    void clear(std::uint64_t first, std::uint64_t count);

private:
    struct area_run {
        std::uint64_t first;
        std::uint64_t end;
    };
    [[nodiscard]] area_run existing(std::uint64_t first, std::uint64_t count) const noexcept;
    void count_in(counters& area, io_direction direction, std::uint64_t length, std::uint64_t nanoseconds) const;

    region_parameters parameters_;
    std::vector<counters> areas_;
};

}  // namespace filemap::dm::detail
