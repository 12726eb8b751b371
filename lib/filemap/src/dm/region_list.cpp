#include "dm/parse.hpp"

#include <filemap/dm/region_list.hpp>

#include <algorithm>
#include <limits>

namespace filemap::dm {
namespace {

using detail::skip;
using detail::take_number;

constexpr std::uint64_t largest_id = std::numeric_limits<std::int32_t>::max();

/// Takes "ID: START+LEN STEP " from the front of @p text, if the kernel can have printed it.
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

/// Takes "PROGRAM_ID " if the row is of that program. Without a known program, takes everything up to a blank or the
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

/// Returns true for strictly increasing numbers, separated by commas.
bool are_bounds(std::string_view text) {
    std::uint64_t last = 0;
    do {
        const auto bound = take_number(text);
        if (!bound || *bound <= last) return false;
        last = *bound;
    } while (skip(text, ','));
    return text.empty();
}

/// Takes the options from the end of @p aux, in the order in which the kernel appends them.
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

}  // namespace

result<region_list> region_list::parse(std::string answer, std::string_view program) {
    region_list list;
    list.text_ = std::make_unique<const std::string>(std::move(answer));
    list.program_ = program;
    const std::string_view text = *list.text_;
    std::optional<region_id> last;
    for (std::size_t line = 0, head_end = 0; line < text.size();) {
        region_row row;
        std::string_view rest = text.substr(line);
        if (take_head(rest, row) && (!last || row.id > *last) && take_program(rest, program, row)) {
            list.begins_.push_back(static_cast<std::uint32_t>(line));
            last = row.id;
            head_end = text.size() - rest.size();
        } else if (!last) {
            return failure(errc::answer_malformed,
                           "row " + detail::quoted(text.substr(0, text.find('\n'))) + " of @stats_list");
        }
        // The head has already consumed line ends within the program id.
        const auto end = text.find('\n', std::max(line, head_end));
        line = end == std::string_view::npos ? text.size() : end + 1;
    }
    return list;
}

// A row's text ends at the line that starts the next row.
region_row region_list::row(std::size_t index) const {
    const std::string_view text = *text_;
    const std::size_t begin = begins_[index];
    const std::size_t next = index + 1 < begins_.size() ? begins_[index + 1] : text.size();
    std::string_view rest = text.substr(begin, next - begin);
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    region_row row;
    take_head(rest, row);
    take_program(rest, program_, row);
    row.aux = rest;
    take_options(row.aux, row);
    return row;
}

std::size_t region_list::first_from(region_id id) const {
    const auto id_at = [&](std::uint32_t begin) {
        region_row row;
        std::string_view rest = std::string_view(*text_).substr(begin);
        take_head(rest, row);
        return row.id;
    };
    return static_cast<std::size_t>(std::ranges::lower_bound(begins_, id, {}, id_at) - begins_.begin());
}

std::optional<region_row> region_list::find(region_id id) const {
    const std::size_t index = first_from(id);
    if (index == begins_.size()) return std::nullopt;
    const region_row found = row(index);
    return found.id == id ? std::optional(found) : std::nullopt;
}

}  // namespace filemap::dm
