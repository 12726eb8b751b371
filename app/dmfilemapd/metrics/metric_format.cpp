#include "dmfilemapd/metrics/metric_format.hpp"

#include "common/text/display.hpp"

#include <algorithm>

namespace dmfilemapd::metrics {
namespace {

// Removes the part before @p divider from @p text and returns it without surrounding blanks.
std::string_view take_part(std::string_view& text, char divider) {
    constexpr std::string_view blanks = " \t";
    const std::size_t end = std::min(text.find(divider), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(blanks), part.size()));
    return part.substr(0, part.find_last_not_of(blanks) + 1);
}

bool is(std::string_view text, std::string_view name) {
    return std::ranges::equal(text, name, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// Parses a quality such as "0.75" in thousandths. Returns 0 for invalid text.
int quality_of(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return 0;
    int quality = (text[0] - '0') * 1000;
    int unit = 100;
    for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2), 3)) {
        if (digit < '0' || digit > '9') return 0;
        quality += (digit - '0') * unit;
        unit /= 10;
    }
    return std::min(quality, 1000);
}

/// Media range of the field Accept: "text/plain;version=0.0.4;q=0.5".
struct accepted {
    std::string_view type;
    std::string_view version;
    int quality = 1000;
};

accepted take_accepted(std::string_view& list) {
    std::string_view one = take_part(list, ',');
    accepted result{take_part(one, ';'), {}};
    while (!one.empty()) {
        std::string_view value = take_part(one, ';');
        const std::string_view name = take_part(value, '=');
        if (is(name, "q")) result.quality = quality_of(value);
        if (is(name, "version")) result.version = value;
    }
    return result;
}

}  // namespace

std::string_view content_type(format in) noexcept {
    switch (in) {
        case format::classic: return "text/plain; version=0.0.4; charset=utf-8";
        case format::open_metrics: return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    }
    return {};
}

format preferred_format(std::string_view accept) {
    int classic = 0, open_metrics = 0;
    while (!accept.empty()) {
        const accepted one = take_accepted(accept);
        if (is(one.type, "application/openmetrics-text")) {
            if (one.version.empty() || one.version == "1.0.0") open_metrics = std::max(open_metrics, one.quality);
        } else if (is(one.type, "text/plain") || is(one.type, "text/*") || one.type == "*/*") {
            classic = std::max(classic, one.quality);
        }
    }
    return open_metrics > 0 && open_metrics >= classic ? format::open_metrics : format::classic;
}

std::string label_value(std::string_view bytes) {
    std::string value;
    for (const char c : app::displayed(bytes)) {
        if (c == '\\' || c == '"') value += '\\';
        value += c;
    }
    return value;
}

void append_seconds(std::string& to, std::uint64_t count, std::uint64_t per_second) {
    to += std::to_string(count / per_second);
    const std::uint64_t rest = count % per_second;
    if (rest == 0) return;
    // Adds a leading 1 to keep the leading zeros.
    std::string digits = std::to_string(per_second + rest);
    digits.front() = '.';
    digits.erase(digits.find_last_not_of('0') + 1);
    to += digits;
}

}  // namespace dmfilemapd::metrics
