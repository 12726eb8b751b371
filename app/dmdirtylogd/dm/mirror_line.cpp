#include "dmdirtylogd/dm/mirror_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace dmdirtylogd {
namespace {

/// Splits a line into words.
class words {
public:
    explicit words(std::string_view text) : text_(text) {}

    std::string_view next() {
        text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
        const std::string_view word = text_.substr(0, text_.find(' '));
        text_.remove_prefix(word.size());
        return word;
    }
    std::optional<std::size_t> next_number() {
        const std::string_view word = next();
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (word.empty() || error != std::errc{} || end != word.data() + word.size()) return {};
        return number;
    }

private:
    std::string_view text_;
};

}  // namespace

// Syntax: "userspace N UUID ARGUMENT... LEGS DEVICE OFFSET...". N counts the uuid and the arguments.
std::optional<mirror_line> parse_mirror_line(std::string_view arguments) {
    words line(arguments);
    if (line.next() != "userspace") return {};
    const auto count = line.next_number();
    if (!count || *count == 0) return {};
    mirror_line found;
    found.uuid = line.next();
    for (std::size_t i = 1; i < *count && !line.next().empty();) ++i;
    const auto legs = line.next_number();
    if (!legs) return {};
    for (std::size_t i = 0; i < *legs; ++i) {
        found.legs.emplace_back(line.next());
        line.next();
        if (found.legs.back().empty()) return {};
    }
    return found;
}

}  // namespace dmdirtylogd
