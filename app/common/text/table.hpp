#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace app {

/// Rows of cells, the first row being the heads. Numbers stand on the right, the last column is not filled up.
class table {
public:
    using row = std::vector<std::string>;

    /// @param on_the_right Number of leading columns that are always right-aligned.
    explicit table(row heads, std::size_t on_the_right = 0);

    /// @param cells A printable text for each column.
    void add(row cells);

    /// Each line begins with @p margin.
    [[nodiscard]] std::string text(std::string_view margin = "  ") const;

private:
    [[nodiscard]] std::string line_of(const row& cells) const;
    [[nodiscard]] bool is_number(std::size_t column) const;

    std::size_t on_the_right_;
    std::vector<row> rows_;
    std::vector<std::size_t> widths_;
};

}  // namespace app
