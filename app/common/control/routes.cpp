#include "routes.hpp"

#include <common/display.hpp>

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

parsed<found_route> find_route(std::span<const route> routes, verb method, std::string_view path, bool only_public) {
    const verb wanted = method == verb::head ? verb::get : method;
    std::string methods;
    for (const route& one : routes) {
        const auto file = match(one.pattern, path);
        if (!file || (only_public && !one.is_public)) continue;
        if (one.method == wanted) return found_route{&one, *file};
        add_method(methods, one.method);
    }
    if (methods.empty()) return problem(http::status::not_found, "there is nothing at " + quoted(path));
    problem wrong(http::status::method_not_allowed, "at " + quoted(path) + " there is only " + methods);
    wrong.allow = std::move(methods);
    return wrong;
}

}  // namespace app::control
