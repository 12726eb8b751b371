#pragma once

#include <filemap/error.hpp>
#include <filemap/units.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/// One row of `@stats_list`. The texts are foreign data, and views into the list that holds the row.
struct region_row {
    region_id id;
    sector_range range;
    /// Length of an area.
    sectors step;
    std::string_view program_id;
    /// aux_data without the options that the kernel appends; "-" if there is none.
    std::string_view aux;
    bool precise_timestamps = false;
    /// Bounds as the kernel prints them, "N1,N2,..."; empty without a histogram.
    std::string_view histogram;
};

/**
 * @brief The answer to `@stats_list`, parsed. Rows are in ascending order of id.
 * @details
 * The kernel escapes nothing, so a program id or aux_data with blanks or line ends cannot be told from the row around
 * it with certainty. The rules: a line is a row if it begins with a region's head and its id is greater than the one
 * before; any other line continues the aux_data of the row before it. Options are taken from the end of the row. When
 * all rows belong to one known program, its name is matched as a whole; otherwise it ends at the first blank.
 */
class region_list {
public:
    region_list() = default;

    /// @param program The program id that was asked for; empty if all were.
    /// @par Errors `errc::answer_malformed` when the first line is no row; the context quotes it.
    [[nodiscard]] static result<region_list> parse(std::string answer, std::string_view program);

    [[nodiscard]] const std::vector<region_row>& rows() const noexcept { return rows_; }

    /// The row of a region, or nullptr.
    [[nodiscard]] const region_row* find(region_id id) const noexcept;

    /// Length of the answer in bytes.
    [[nodiscard]] std::size_t text_size() const noexcept { return text_ ? text_->size() : 0; }

private:
    std::unique_ptr<const std::string> text_;
    std::vector<region_row> rows_;
};

}  // namespace filemap::dm
