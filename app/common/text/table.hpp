#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace app {

/// Table of text. The first row holds the heads. Numbers are right-aligned; the last column is not padded.
class table {
public:
    using row = std::vector<std::string>;

    /// @param on_the_right Number of leading columns that are always right-aligned.
    explicit table(row heads, std::size_t on_the_right = 0);

    /// @param cells One printable text per column.
    void add(row cells);

    /// Returns the table. Each line begins with @p margin.
    [[nodiscard]] std::string text(std::string_view margin = "  ") const;

private:
    [[nodiscard]] std::string line_of(const row& cells) const;
    [[nodiscard]] bool is_number(std::size_t column) const;

    std::size_t on_the_right_;
    std::vector<row> rows_;
    std::vector<std::size_t> widths_;
};

}  // namespace app
