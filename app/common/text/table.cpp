#include "common/text/table.hpp"

#include "common/text/width.hpp"

#include <algorithm>
#include <utility>

namespace app {
table::table(row heads, std::size_t on_the_right) : on_the_right_(on_the_right), widths_(heads.size()) {
    add(std::move(heads));
}

void table::add(row cells) {
    for (std::size_t at = 0; at < cells.size(); ++at) widths_[at] = std::max(widths_[at], width_of(cells[at]));
    rows_.push_back(std::move(cells));
}

std::string table::text(std::string_view margin) const {
    std::string out;
    for (const row& cells : rows_) out.append(margin).append(line_of(cells));
    return out;
}

std::string table::line_of(const row& cells) const {
    std::string line;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const std::string fill(widths_[at] - width_of(cells[at]), ' ');
        const bool last = at + 1 == cells.size();
        if (at != 0) line += "  ";
        line += last ? cells[at] : is_number(at) ? fill + cells[at] : cells[at] + fill;
    }
    // The last cell may be empty.
    line.resize(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

// Aligns columns that were not requested by their first cell below the head.
bool table::is_number(std::size_t column) const {
    if (column < on_the_right_) return true;
    return rows_.size() > 1 && rows_[1][column].find_first_not_of("0123456789-") == std::string::npos;
}

}  // namespace app
