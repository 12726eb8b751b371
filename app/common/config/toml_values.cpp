#include "common/config/toml_values.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/parse_value.hpp"

#include <algorithm>
#include <cstddef>

namespace app::config {
namespace {

using view = std::string_view;

view kind_of(const toml::node& value) {
    switch (value.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a floating-point number";
        case toml::node_type::boolean: return "a boolean";
        case toml::node_type::date: return "a date";
        case toml::node_type::time: return "a time";
        case toml::node_type::date_time: return "a date and time";
        case toml::node_type::none: break;
    }
    return "nothing";
}

}  // namespace

void refuse_kind(const assignment& from, view wanted) {
    throw usage_error(std::string(from.key) + ": must be " + std::string(wanted) + ", not " +
                      std::string(kind_of(from.value)));
}

view text_in(const assignment& from) {
    const auto* text = from.value.as_string();
    if (text == nullptr) refuse_kind(from, "a string");
    return text->get();
}

bool truth_in(const assignment& from) {
    const auto* truth = from.value.as_boolean();
    if (truth == nullptr) refuse_kind(from, "true or false");
    return truth->get();
}

std::string number_in(const assignment& from) {
    const auto* number = from.value.as_integer();
    if (number == nullptr) refuse_kind(from, "an integer");
    return std::to_string(number->get());
}

std::string time_in(const assignment& from) {
    if (const auto* number = from.value.as_integer()) return std::to_string(number->get());
    if (const auto* text = from.value.as_string()) return text->get();
    refuse_kind(from, "an integer, or a string with a unit such as \"500ms\"");
}

std::vector<std::string> strings_in(const assignment& from, std::string (*one)(const assignment&)) {
    const auto* array = from.value.as_array();
    if (array == nullptr) refuse_kind(from, "an array of strings");
    std::vector<std::string> strings;
    for (const toml::node& element : *array) strings.push_back(one({from.key, element}));
    return strings;
}

std::string path_of(view key, view text) {
    constexpr std::size_t longest = 4095;
    std::string path = parse_path(key, text);
    if (path.find('\0') != path.npos) refuse_value(key, text, "holds a NUL character");
    if (path.size() > longest) refuse_value(key, text, "longer than " + std::to_string(longest) + " bytes");
    if (path.ends_with('/')) refuse_value(key, text, "ends with a slash, so it is a directory's");
    std::string clean;
    for (std::size_t at = 1; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const view part = view(path).substr(at, end - at);
        if (part == "..") refuse_value(key, text, "holds '..'");
        if (!part.empty() && part != ".") clean.append("/").append(part);
        at = end + 1;
    }
    if (clean.empty()) refuse_value(key, text, "names the root directory");
    return clean;
}

filemap::log_level level_in(const assignment& from) {
    using filemap::log_level;
    const view text = text_in(from);
    if (text == "error") return log_level::error;
    if (text == "warning") return log_level::warning;
    if (text == "notice") return log_level::notice;
    if (text == "info") return log_level::info;
    if (text == "debug") return log_level::debug;
    refuse_value(from.key, text, "none of error, warning, notice, info, debug");
}

}  // namespace app::config
