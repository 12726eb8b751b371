#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapd {

/// Rows of cells, the first row being the heads. Numbers stand on the right, the last column is not filled up.
class table {
public:
    using row = std::vector<std::string>;

    explicit table(row heads);

    /// @param cells As many as there are heads; text that a terminal may print.
    void add(row cells);

    /// Each line begins with @p margin.
    [[nodiscard]] std::string text(std::string_view margin = "  ") const;

private:
    [[nodiscard]] std::string line_of(const row& cells) const;
    [[nodiscard]] bool is_number(std::size_t column) const;

    std::vector<row> rows_;
    std::vector<std::size_t> widths_;
};

}  // namespace dmfilemapd
