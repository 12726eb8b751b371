#include "dmdirtylogd/api/routes.hpp"

#include "dmdirtylogd/api/handlers.hpp"
#include "dmdirtylogd/cli/options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dmdirtylogd::control {

using app::control::request_context;
using boost::beast::http::verb;

namespace {

std::vector<app::control::route> routes_to(service_api& service) {
    const auto handler = [&service](boost::asio::awaitable<void> (*handle)(request_context&, service_api&)) {
        return [&service, handle](request_context& with) { return handle(with, service); };
    };
    return {
        {"/v1/status", verb::get, false, false, handler(handle_status)},
        {"/v1/logs", verb::get, false, false, handler(handle_logs)},
        {"/v1/logs/{}", verb::get, false, false, handler(handle_log)},
        {"/v1/logs/{}/checkpoints", verb::post, false, true, handler(handle_checkpoint)},
        {"/v1/logs/{}/checkpoints/{}", verb::delete_, false, false, handler(handle_forgetting)},
        {"/v1/logs/{}/changes", verb::get, false, false, handler(handle_changes), false, "since"},
    };
}

}  // namespace

app::control::api api_of(service_api& service) {
    app::control::api offered;
    offered.product = std::string(program_name) + "/" DMDIRTYLOGD_VERSION;
    offered.routes = routes_to(service);
    // The API has no events.
    offered.events.tell = [](const std::weak_ptr<app::control::event_hub>&) {};
    offered.events.last = [] { return std::uint64_t{0}; };
    return offered;
}

}  // namespace dmdirtylogd::control
