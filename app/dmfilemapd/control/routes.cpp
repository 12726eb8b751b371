#include "routes.hpp"

#include "answers.hpp"

#include <common/display.hpp>

#include <string>
#include <utility>

namespace dmfilemapd::control {

namespace http = boost::beast::http;
using http::verb;

namespace {

constexpr route routes[] = {
    {"/v1/status", verb::get, false, false, answer_status},
    {"/v1/files", verb::get, true, false, answer_files},
    {"/v1/files", verb::post, false, true, answer_addition},
    {"/v1/files", verb::delete_, true, false, answer_removal},
    {"/v1/files*", verb::get, false, false, answer_files},
    {"/v1/files*", verb::delete_, false, false, answer_removal},
    {"/v1/files*/resync", verb::post, false, false, answer_resync},
    {"/v1/map", verb::get, true, false, answer_map, true},
    {"/v1/map*", verb::get, false, false, answer_map, true},
    {"/v1/heat", verb::get, true, false, answer_heat, true},
    {"/v1/heat*", verb::get, false, false, answer_heat, true},
    {"/v1/hot", verb::post, true, false, answer_hot},
    {"/v1/hot*", verb::post, false, false, answer_hot},
    {"/v1/resync", verb::post, true, false, answer_resync},
    {"/v1/reload", verb::post, false, false, answer_reload},
    {"/v1/events", verb::get, false, false, answer_events, true},
    {"/metrics", verb::get, false, false, answer_metrics, true},
    {"/v1/counters", verb::get, false, false, answer_counters, true},
    {"/", verb::get, false, false, answer_page, true},
    {"/page.css", verb::get, false, false, answer_style, true},
    {"/page.js", verb::get, false, false, answer_script, true},
    {"/page.svg", verb::get, false, false, answer_icon, true},
};

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

parsed<found_route> find_route(verb method, std::string_view path, bool only_public) {
    const verb wanted = method == verb::head ? verb::get : method;
    std::string methods;
    for (const route& one : routes) {
        const auto file = match(one.pattern, path);
        if (!file || (only_public && !one.is_public)) continue;
        if (one.method == wanted) return found_route{&one, *file};
        add_method(methods, one.method);
    }
    if (methods.empty()) return problem(http::status::not_found, "there is nothing at " + app::quoted(path));
    problem wrong(http::status::method_not_allowed, "at " + app::quoted(path) + " there is only " + methods);
    wrong.allow = std::move(methods);
    return wrong;
}

}  // namespace dmfilemapd::control
