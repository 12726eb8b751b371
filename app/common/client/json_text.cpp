#include "common/client/json_text.hpp"

#include "common/text/display.hpp"
#include "common/text/percent.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace app::ctl {
namespace {

namespace json = boost::json;

constexpr std::string_view encoded_suffix = "_encoded";

bool is_among(names keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
}

std::string in_a_line(const json::object& object) {
    std::string text;
    for (const auto& [key, value] : object) {
        if (!text.empty()) text += ", ";
        text.append(one_line(std::string_view(key))).append(" ").append(plain(value));
    }
    return text.empty() ? "-" : text;
}

std::string text_of(const json::object& object, std::string_view key, const json::value& value, names are_names) {
    if (is_among(are_names, key)) return name_of(object, key);
    return value.is_object() ? in_a_line(value.get_object()) : plain(value);
}

std::string words_of(std::string_view key) {
    std::string words = one_line(key);
    for (char& c : words) {
        if (c == '_') c = ' ';
    }
    return words;
}

}  // namespace

std::string plain(const json::value& value) {
    return value.is_string() ? one_line(std::string_view(value.get_string())) : json::serialize(value);
}

std::string cell(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? plain(*value) : "-";
}

std::string bytes_of(const json::object& object, std::string_view key) {
    if (const auto* encoded = object.if_contains(std::string(key) + std::string(encoded_suffix))) {
        if (auto bytes = percent_decoded(encoded->as_string())) return std::move(*bytes);
    }
    return std::string(std::string_view(object.at(key).as_string()));
}

std::string name_of(const json::object& object, std::string_view key) {
    return displayed(bytes_of(object, key));
}

std::string text_of_object(std::string_view text, names are_names) {
    const json::value parsed = json::parse(text);
    const json::object& object = parsed.as_object();
    std::size_t width = 0;
    for (const auto& member : object) width = std::max(width, member.key().size());
    std::string lines;
    for (const auto& [key, value] : object) {
        if (key.ends_with(encoded_suffix)) continue;
        const std::string words = words_of(key);
        lines +=
            words + ':' + std::string(width + 1 - words.size(), ' ') + text_of(object, key, value, are_names) + '\n';
    }
    return lines;
}

std::string line_of_event(std::string_view text, names are_names) {
    const json::value parsed = json::parse(text);
    const json::object& event = parsed.as_object();
    if (!event.contains("time")) return {};
    std::string line = cell(event, "time") + ' ' + cell(event, "event");
    if (event.contains("path")) line += ' ' + name_of(event, "path");
    std::string rest;
    for (const auto& [key, value] : event) {
        if (is_among(are_names, key) || key.ends_with(encoded_suffix) || key == "time" || key == "event" ||
            key == "number")
            continue;
        rest += (rest.empty() ? ": " : ", ") + words_of(key) + ' ' + plain(value);
    }
    return line + rest + '\n';
}

std::string detail_of(std::string_view text) {
    const json::value parsed = json::parse(text);
    return one_line(std::string_view(parsed.as_object().at("detail").as_string()));
}

}  // namespace app::ctl
