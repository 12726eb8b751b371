#include "dmfilemapd/api/routes.hpp"

#include "common/http/events_handler.hpp"
#include "dmfilemapd/api/handlers.hpp"
#include "dmfilemapd/cli/program_name.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmfilemapd::control {

using app::control::answer_events;
using app::control::request_context;
using boost::beast::http::verb;

namespace {

std::vector<app::control::route> routes_to(target& service) {
    const auto of = [&service](boost::asio::awaitable<void> (*answer)(request_context&, target&)) {
        return [&service, answer](request_context& with) { return answer(with, service); };
    };
    return {
        {"/v1/status", verb::get, false, false, of(answer_status)},
        {"/v1/files", verb::get, true, false, of(answer_files)},
        {"/v1/files", verb::post, false, true, of(answer_addition)},
        {"/v1/files", verb::delete_, true, false, of(answer_removal)},
        {"/v1/files*", verb::get, false, false, of(answer_files)},
        {"/v1/files*", verb::delete_, false, false, of(answer_removal)},
        {"/v1/files*/resync", verb::post, false, false, of(answer_resync)},
        {"/v1/map", verb::get, true, false, of(answer_map), true},
        {"/v1/map*", verb::get, false, false, of(answer_map), true},
        {"/v1/heat", verb::get, true, false, of(answer_heat), true},
        {"/v1/heat*", verb::get, false, false, of(answer_heat), true},
        {"/v1/hot", verb::post, true, false, of(answer_hot)},
        {"/v1/hot*", verb::post, false, false, of(answer_hot)},
        {"/v1/resync", verb::post, true, false, of(answer_resync)},
        {"/v1/reload", verb::post, false, false, of(answer_reload)},
        {"/v1/events", verb::get, false, false, answer_events, true},
        {"/metrics", verb::get, false, false, of(answer_metrics), true},
        {"/v1/counters", verb::get, false, false, of(answer_counters), true},
        {"/", verb::get, false, false, answer_page, true},
        {"/page.css", verb::get, false, false, answer_style, true},
        {"/page.js", verb::get, false, false, answer_script, true},
        {"/page.svg", verb::get, false, false, answer_icon, true},
    };
}

}  // namespace

app::control::api api_of(target& service) {
    app::control::api offered;
    offered.product = std::string(program_name) + "/" DMFILEMAPD_VERSION;
    offered.routes = routes_to(service);
    offered.events.tell = [&service](std::weak_ptr<event_hub> hub) { service.on_event(std::move(hub)); };
    offered.events.last = [&service] { return service.status().last_event; };
    return offered;
}

}  // namespace dmfilemapd::control
