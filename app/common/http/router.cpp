#include "common/http/router.hpp"

#include "common/text/display.hpp"

#include <string>
#include <utility>

namespace app::control {

namespace http = boost::beast::http;
using http::verb;

namespace {

void add_method(std::string& methods, verb method) {
    const auto name = http::to_string(method);
    if (!methods.empty()) methods += ", ";
    methods.append(name.data(), name.size());
    if (method == verb::get) methods += ", HEAD";
}

}  // namespace

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) noexcept {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
    const std::string_view before = pattern.substr(0, star);
    const std::string_view after = pattern.substr(star + 1);
    if (path.size() < before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) {
        return std::nullopt;
    }
    const std::string_view between = path.substr(before.size(), path.size() - before.size() - after.size());
    return between.starts_with('/') ? std::optional(between) : std::nullopt;
}

std::optional<std::vector<std::string_view>> match_words(std::string_view pattern, std::string_view path) {
    constexpr std::string_view place = "{}";
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t before = pattern.find(place);
        if (before == pattern.npos) return pattern == path ? std::optional(std::move(words)) : std::nullopt;
        if (!path.starts_with(pattern.substr(0, before))) return std::nullopt;
        path.remove_prefix(before);
        pattern.remove_prefix(before + place.size());
        words.push_back(path.substr(0, path.find('/')));
        if (words.back().empty()) return std::nullopt;
        path.remove_prefix(words.back().size());
    }
}

parsed<found_route> find_route(std::span<const route> routes, verb method, std::string_view path, bool only_public) {
    const verb wanted = method == verb::head ? verb::get : method;
    std::string methods;
    for (const route& one : routes) {
        const bool has_words = one.pattern.find("{}") != std::string_view::npos;
        auto words = has_words ? match_words(one.pattern, path) : std::vector<std::string_view>();
        const auto file = has_words ? std::string_view() : match(one.pattern, path);
        if (!file || !words || (only_public && !one.is_public)) continue;
        if (one.method == wanted) return found_route{&one, *file, *std::move(words)};
        add_method(methods, one.method);
    }
    if (methods.empty()) return problem(http::status::not_found, "there is nothing at " + quoted(path));
    problem wrong(http::status::method_not_allowed, "at " + quoted(path) + " there is only " + methods);
    wrong.allow = std::move(methods);
    return wrong;
}

}  // namespace app::control
