#include "show.hpp"

#include <common/display.hpp>
#include <common/percent.hpp>
#include <common/table.hpp>

#include <boost/json.hpp>

#include <utility>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;
using app::displayed;
using app::one_line;
using app::table;

constexpr std::string_view encoded_suffix = "_encoded";

bool is_name(std::string_view key) {
    return key == "path" || key == "alias" || key == "configuration";
}

std::string in_a_line(const json::object& object) {
    std::string text;
    for (const auto& [key, value] : object) {
        if (!text.empty()) text += ", ";
        text.append(one_line(std::string_view(key))).append(" ").append(plain(value));
    }
    return text.empty() ? "-" : text;
}

std::string text_of(const json::object& object, std::string_view key, const json::value& value) {
    if (is_name(key)) return name_of(object, key);
    return value.is_object() ? in_a_line(value.get_object()) : plain(value);
}

std::string words_of(std::string_view key) {
    std::string words = one_line(key);
    for (char& c : words) {
        if (c == '_') c = ' ';
    }
    return words;
}

std::string cell(const json::object& file, std::string_view key) {
    const auto* value = file.if_contains(key);
    return value ? plain(*value) : "-";
}

std::string note_on(const json::object& file) {
    const auto* reason = file.if_contains("reason");
    const auto* error = file.if_contains("error");
    if (reason && error) return plain(*reason) + "; " + plain(*error);
    return reason ? plain(*reason) : error ? plain(*error) : "";
}

}  // namespace

std::string plain(const json::value& value) {
    return value.is_string() ? one_line(std::string_view(value.get_string())) : json::serialize(value);
}

std::string bytes_of(const json::object& object, std::string_view key) {
    if (const auto* encoded = object.if_contains(std::string(key) + std::string(encoded_suffix))) {
        if (auto bytes = app::percent_decoded(encoded->as_string())) return std::move(*bytes);
    }
    return std::string(std::string_view(object.at(key).as_string()));
}

std::string name_of(const json::object& object, std::string_view key) {
    return displayed(bytes_of(object, key));
}

std::string text_of_object(std::string_view text) {
    const json::value parsed = json::parse(text);
    const json::object& object = parsed.as_object();
    std::size_t width = 0;
    for (const auto& member : object) width = std::max(width, member.key().size());
    std::string lines;
    for (const auto& [key, value] : object) {
        if (key.ends_with(encoded_suffix)) continue;
        const std::string words = words_of(key);
        lines += words + ':' + std::string(width + 1 - words.size(), ' ') + text_of(object, key, value) + '\n';
    }
    return lines;
}

std::string table_of_files(std::string_view text) {
    const json::value parsed = json::parse(text);
    table files({"STATE", "DEVICE", "GROUP", "REGIONS", "EXTENTS", "SYNCED", "FILE", "NOTE"});
    for (const json::value& each : parsed.as_object().at("files").as_array()) {
        const json::object& file = each.as_object();
        files.add({cell(file, "state"), cell(file, "device"), cell(file, "group"), cell(file, "regions"),
                   cell(file, "extents"), cell(file, "synced_at"), name_of(file, "path"), note_on(file)});
    }
    return files.text("");
}

std::string line_of_event(std::string_view text) {
    const json::value parsed = json::parse(text);
    const json::object& event = parsed.as_object();
    if (!event.contains("time")) return {};
    std::string line = cell(event, "time") + ' ' + cell(event, "event");
    if (event.contains("path")) line += ' ' + name_of(event, "path");
    std::string rest;
    for (const auto& [key, value] : event) {
        if (is_name(key) || key.ends_with(encoded_suffix) || key == "time" || key == "event" || key == "number")
            continue;
        rest += (rest.empty() ? ": " : ", ") + words_of(key) + ' ' + plain(value);
    }
    return line + rest + '\n';
}

std::string detail_of(std::string_view text) {
    const json::value parsed = json::parse(text);
    return one_line(std::string_view(parsed.as_object().at("detail").as_string()));
}

}  // namespace dmfilemapctl
