#include "common/http/request.hpp"

#include "common/text/display.hpp"
#include "common/text/percent.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace app::control {
namespace {

namespace json = boost::json;
using boost::beast::http::status;

problem bad_request(std::string text) {
    return {status::bad_request, std::move(text)};
}

// Normalises a path like the configuration does, so that two spellings of a path are equal.
parsed<std::string> checked_path(const std::string& path) {
    if (path.empty()) return bad_request("the path is empty");
    if (path.find('\0') != std::string::npos) return bad_request("the path " + app::quoted(path) + " has a byte 0");
    if (!path.starts_with('/')) return bad_request("the path " + app::quoted(path) + " is not absolute");
    if (path.size() > max_path_length) {
        return bad_request("the path is longer than " + std::to_string(max_path_length) + " bytes");
    }
    std::string normal = std::filesystem::path(path).lexically_normal().string();
    if (normal.ends_with('/')) return bad_request("the path " + app::quoted(path) + " names a directory");
    return normal;
}

parsed<std::string> decoded(std::string_view text) {
    auto bytes = percent_decoded(text);
    if (!bytes) return bad_request("bad percent-encoding in " + app::quoted(text));
    return *std::move(bytes);
}

// Servers must accept the absolute form, which proxies use.
std::string_view without_host(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return text;
    text.remove_prefix(scheme.size());
    const std::size_t path = text.find_first_of("/?");
    return path == std::string_view::npos ? "/" : text.substr(path);
}

problem unknown_parameter(std::string_view name) {
    return bad_request("unknown parameter " + app::quoted(name));
}

parsed<void> take_parameter(location& into, std::string_view text) {
    const std::string_view name = text.substr(0, text.find('='));
    if (name.size() == text.size()) return unknown_parameter(name);
    auto value = decoded(text.substr(name.size() + 1));
    if (!value) return value.error();
    if (name != "path") {
        into.other = parameter{std::string(name), *std::move(value)};
        return {};
    }
    auto file = checked_path(*value);
    if (!file) return file.error();
    into.file = *std::move(file);
    return {};
}

}  // namespace

parsed<location> parse_location(std::string_view text) {
    text = without_host(text);
    if (!text.starts_with('/') && !text.starts_with('?')) {
        return bad_request("the request target " + app::quoted(text) + " is no path");
    }
    const std::size_t query = std::min(text.find('?'), text.size());
    location result{std::string(text.substr(0, query)), {}, {}};
    if (result.path.empty()) result.path = "/";
    const std::string_view parameters = text.substr(std::min(query + 1, text.size()));
    if (parameters.empty()) return result;
    if (auto taken = take_parameter(result, parameters); !taken) return taken.error();
    return result;
}

parsed<std::string> parse_file(std::string_view encoded) {
    const auto path = decoded(encoded);
    return path ? checked_path(*path) : path;
}

parsed<std::string> parse_word(std::string_view encoded) {
    return decoded(encoded);
}

parsed<json::object> parse_object(std::string_view text) {
    json::error_code wrong;
    json::parse_options options;
    options.max_depth = deepest_json;
    json::value body = json::parse(text, wrong, {}, options);
    if (wrong) return bad_request("the body is no JSON: " + wrong.message());
    if (!body.is_object()) return bad_request("the body is no JSON object");
    return std::move(body.get_object());
}

parsed<std::string> file_in(const json::object& object) {
    const auto* text = object.if_contains("path");
    const auto* encoded = object.if_contains("path_encoded");
    if (!text && !encoded) return bad_request("no \"path\" given");
    if (text && encoded) return bad_request("both \"path\" and \"path_encoded\" given");
    const auto* path = encoded ? encoded : text;
    if (!path->is_string()) return bad_request(std::string(encoded ? "path_encoded" : "path") + ": not a string");
    const json::string& given = path->get_string();
    if (!encoded) return checked_path(std::string(given));
    const auto bytes = decoded(given);
    return bytes ? checked_path(*bytes) : bytes;
}

}  // namespace app::control
