#include "dmfilemapctl/map_bars.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;

struct mark {
    std::string_view plain;
    std::string_view block;
    std::string_view meaning;
};
// A column shows the first mark that applies.
constexpr mark not_mapped{"?", "?", "not mapped"};
constexpr mark missing{"!", "!", "in no region"};
constexpr mark mapped{"#", "\u2588", "in a region"};
constexpr mark partly{"+", "\u2584", "partly"};
constexpr mark bridged{"~", "\u2591", "bridged"};
constexpr mark nothing{".", "\u00b7", "nothing"};
constexpr mark marks[] = {mapped, partly, bridged, missing, not_mapped, nothing};

constexpr std::string_view plain_shades[] = {".", ":", "-", "=", "+", "*", "#", "%", "@"};
constexpr std::string_view block_shades[] = {"\u00b7", "\u2591", "\u2592", "\u2593", "\u2588"};
// Colours from cold to hot.
constexpr std::string_view colours[] = {"\x1b[34m", "\x1b[36m", "\x1b[33m", "\x1b[31m"};
constexpr std::string_view no_colour = "\x1b[0m";

std::string_view text_of(const mark& one, const screen& on) {
    return on.blocks ? one.block : one.plain;
}

std::size_t columns_of(const screen& on) {
    return on.width - label_width;
}

/// Cells of a bar, distributed over the columns of the screen.
class bar {
public:
    bar(const json::object& from, std::size_t columns) : from_(from), columns_(columns) {
        begin_ = from.at("begin").to_number<std::uint64_t>();
        end_ = from.at("end").to_number<std::uint64_t>();
        cell_ = from.at("cell_bytes").to_number<std::uint64_t>();
        cells_ = from.at("mapped").as_array().size();
    }

    [[nodiscard]] bool empty() const noexcept { return cells_ == 0; }
    [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

    [[nodiscard]] std::vector<std::uint64_t> sums(std::string_view key) const {
        const json::array& values = from_.at(key).as_array();
        return of_columns([&](std::size_t cell) { return values.at(cell).to_number<std::uint64_t>(); });
    }

    [[nodiscard]] std::vector<std::uint64_t> lengths() const {
        return of_columns(
            [&](std::size_t cell) { return std::min(cell_, end_ - std::min(end_, begin_ + cell * cell_)); });
    }

    /// Returns the first cell of each column that has a value.
    [[nodiscard]] std::vector<const json::value*> firsts(std::string_view key) const {
        const json::array& values = from_.at(key).as_array();
        std::vector<const json::value*> found;
        for (std::size_t column = 0; column < columns_; ++column) {
            const auto [first, last] = cells_of(column);
            const json::value* one = nullptr;
            for (std::size_t cell = first; cell < last && !one; ++cell)
                one = values.at(cell).is_null() ? nullptr : &values.at(cell);
            found.push_back(one);
        }
        return found;
    }

private:
    [[nodiscard]] std::pair<std::size_t, std::size_t> cells_of(std::size_t column) const {
        const std::size_t first = column * cells_ / columns_;
        return {first, std::max(first + 1, (column + 1) * cells_ / columns_)};
    }

    [[nodiscard]] std::vector<std::uint64_t> of_columns(const std::function<std::uint64_t(std::size_t)>& of) const {
        std::vector<std::uint64_t> sums;
        for (std::size_t column = 0; column < columns_; ++column) {
            const auto [first, last] = cells_of(column);
            std::uint64_t sum = 0;
            for (std::size_t cell = first; cell < last; ++cell) sum += of(cell);
            sums.push_back(sum);
        }
        return sums;
    }

    const json::object& from_;
    std::size_t columns_;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t cell_ = 0;
    std::size_t cells_ = 0;
};

std::string row(std::string_view label, std::string_view picture) {
    std::string line(label);
    line.resize(label_width, ' ');
    return line.append(picture) + '\n';
}

std::string marks_of(const bar& of, std::string_view other, const mark& of_other, bool other_first, const screen& on) {
    const auto in_region = of.sums("mapped"), in_none = of.sums("missing"), others = of.sums(other),
               whole = of.lengths();
    std::string line;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        const mark& shown = other_first && others[at] > 0          ? of_other
                            : in_none[at] > 0                      ? missing
                            : in_region[at] > whole[at] / 2        ? mapped
                            : others[at] > 0 && in_region[at] == 0 ? of_other
                            : in_region[at] > 0                    ? partly
                                                                   : nothing;
        line += text_of(shown, on);
    }
    return line;
}

// Returns the device offset of each column as a digit: 0 is the first sector of the shown part, 9 the last.
std::string places_of(const bar& file, const bar& device, const screen& on) {
    const std::uint64_t span = std::max<std::uint64_t>(1, device.end() - device.begin());
    std::string line;
    for (const json::value* sector : file.firsts("sector")) {
        if (!sector) {
            line += text_of(nothing, on);
            continue;
        }
        const std::uint64_t at = sector->to_number<std::uint64_t>() * 512 - device.begin();
        line += static_cast<char>(
            '0' + std::min(9, static_cast<int>(10.0 * static_cast<double>(at) / static_cast<double>(span))));
    }
    return line;
}

// Returns 0 for zero, otherwise a level from 1 to @p most.
std::size_t level_of(std::uint64_t value, std::uint64_t highest, std::size_t most) {
    if (value == 0) return 0;
    const double part = static_cast<double>(value) / static_cast<double>(highest);
    return std::clamp<std::size_t>(static_cast<std::size_t>(part * static_cast<double>(most) + 0.5), 1, most);
}

std::string shades_of(const std::vector<std::uint64_t>& values, const screen& on) {
    const std::uint64_t highest = *std::ranges::max_element(values);
    const std::size_t most = (on.blocks ? std::size(block_shades) : std::size(plain_shades)) - 1;
    std::string line;
    for (const std::uint64_t value : values) {
        const std::size_t level = level_of(value, highest, most);
        const std::string_view shade = on.blocks ? block_shades[level] : plain_shades[level];
        if (level == 0 || !on.colours) {
            line += shade;
        } else {
            line.append(colours[level_of(value, highest, std::size(colours)) - 1]).append(shade).append(no_colour);
        }
    }
    return line;
}

std::string heat_of(const bar& of, const json::object& from, const screen& on) {
    if (!from.contains("read")) return {};
    std::string lines;
    for (const char* key : {"read", "written"}) {
        const auto sums = of.sums(key);
        const std::uint64_t highest = *std::ranges::max_element(sums);
        lines += row(key, shades_of(sums, on));
        if (highest > 0) lines += row("", "at most " + size_text(highest) + " in a column");
    }
    return lines;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return std::to_string(bytes) + " bytes";
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
    return text;
}

std::string bars_along_file(const json::object& map, const screen& on) {
    const json::object& from = map.at("along_file").as_object();
    const bar file(from, columns_of(on));
    const bar device(map.at("along_device").as_object(), columns_of(on));
    if (file.empty()) return {};
    return row("file", marks_of(file, "not_mapped", not_mapped, true, on)) + row("place", places_of(file, device, on)) +
           heat_of(file, from, on);
}

std::string bars_along_device(const json::object& map, const screen& on) {
    const json::object& from = map.at("along_device").as_object();
    const bar device(from, columns_of(on));
    if (device.empty()) return {};
    return row("device", marks_of(device, "bridged", bridged, false, on)) + heat_of(device, from, on) +
           row("", "sectors " + std::to_string(device.begin() / 512) + " to " + std::to_string(device.end() / 512));
}

std::string legend(const screen& on) {
    std::string text;
    for (const mark& one : marks) text.append("  ").append(text_of(one, on)).append(" ").append(one.meaning);
    return text + "\n  place: 0 is the first sector of what is shown of the device, 9 the last\n";
}

}  // namespace dmfilemapctl
