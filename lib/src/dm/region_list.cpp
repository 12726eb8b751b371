#include "text.hpp"

#include <filemap/dm/region_list.hpp>

#include <algorithm>
#include <limits>

namespace filemap::dm {
namespace {

using detail::skip;
using detail::take_number;

constexpr std::uint64_t largest_id = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t shortest_row = std::string_view("0: 0+1 1 - -\n").size();

/// Takes "ID: START+LEN STEP " from the front of @p text, if it is what the kernel may print.
bool take_head(std::string_view& text, region_row& row) {
    const auto id = take_number(text);
    if (!id || *id > largest_id || !skip(text, ':') || !skip(text, ' ')) return false;
    const auto start = take_number(text);
    if (!start || !skip(text, '+')) return false;
    const auto length = take_number(text);
    if (!length || *length == 0 || *start + *length < *start || !skip(text, ' ')) return false;
    const auto step = take_number(text);
    if (!step || *step == 0 || !skip(text, ' ')) return false;
    row.id = region_id{*id};
    row.range = {sectors{*start}, sectors{*length}};
    row.step = sectors{*step};
    return true;
}

/// Takes "PROGRAM_ID " if the row is of that program. Without a known one, anything is taken, up to a blank or the
/// line's end.
bool take_program(std::string_view& text, std::string_view program, region_row& row) {
    if (!program.empty()) {
        if (!text.starts_with(program)) return false;
        row.program_id = text.substr(0, program.size());
        text.remove_prefix(program.size());
        return skip(text, ' ');
    }
    row.program_id = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(row.program_id.size());
    skip(text, ' ');
    return true;
}

/// Strictly increasing numbers, divided by commas.
bool are_bounds(std::string_view text) {
    std::uint64_t last = 0;
    do {
        const auto bound = take_number(text);
        if (!bound || *bound <= last) return false;
        last = *bound;
    } while (skip(text, ','));
    return text.empty();
}

/// Takes the options from the end of @p aux, in the one order in which the kernel appends them.
void take_options(std::string_view& aux, region_row& row) {
    constexpr std::string_view histogram = " histogram:";
    constexpr std::string_view precise = " precise_timestamps";
    const auto last = aux.rfind(' ');
    if (last == std::string_view::npos) return;
    if (aux.substr(last).starts_with(histogram) && are_bounds(aux.substr(last + histogram.size()))) {
        row.histogram = aux.substr(last + histogram.size());
        aux = aux.substr(0, last);
    }
    if (aux.ends_with(precise)) {
        row.precise_timestamps = true;
        aux.remove_suffix(precise.size());
    }
}

/// Walks the answer line by line; a row's text runs to the next line that begins a row.
class parser {
public:
    parser(std::string_view text, std::string_view program, std::vector<region_row>& rows)
        : text_(text), program_(program), rows_(rows) {
        // More than enough, so that it is done once; what is not used is never touched.
        rows_.reserve(text.size() / shortest_row + 1);
    }

    [[nodiscard]] bool run() {
        for (std::size_t line = 0; line < text_.size(); line = next_line(line)) {
            if (!begin_row(line) && rows_.empty()) return false;
        }
        end_row(text_.ends_with('\n') ? text_.size() - 1 : text_.size());
        return true;
    }

private:
    /// Past the next line end; a program id with line ends in it has been passed as part of a head.
    [[nodiscard]] std::size_t next_line(std::size_t from) const {
        const auto end = text_.find('\n', std::max(from, rest_));
        return end == std::string_view::npos ? text_.size() : end + 1;
    }

    bool begin_row(std::size_t line) {
        region_row row;
        std::string_view rest = text_.substr(line);
        if (!take_head(rest, row) || (!rows_.empty() && row.id <= rows_.back().id)) return false;
        if (!take_program(rest, program_, row)) return false;
        if (line > 0) end_row(line - 1);
        rest_ = text_.size() - rest.size();
        rows_.push_back(row);
        return true;
    }

    /// Completes the last row, whose text ends before @p end.
    void end_row(std::size_t end) {
        if (rows_.empty()) return;
        region_row& row = rows_.back();
        row.aux = rest_ < end ? text_.substr(rest_, end - rest_) : std::string_view{};
        take_options(row.aux, row);
    }

    std::string_view text_;
    std::string_view program_;
    std::vector<region_row>& rows_;
    std::size_t rest_ = 0;  ///< Where the last row's aux_data begins.
};

}  // namespace

result<region_list> region_list::parse(std::string answer, std::string_view program) {
    region_list list;
    list.text_ = std::make_unique<const std::string>(std::move(answer));
    const std::string_view text = *list.text_;
    if (!parser(text, program, list.rows_).run())
        return failure(errc::answer_malformed,
                       "row " + detail::quoted(text.substr(0, text.find('\n'))) + " of @stats_list");
    return list;
}

const region_row* region_list::find(region_id id) const noexcept {
    const auto row = std::ranges::lower_bound(rows_, id, {}, &region_row::id);
    return row != rows_.end() && row->id == id ? &*row : nullptr;
}

}  // namespace filemap::dm
