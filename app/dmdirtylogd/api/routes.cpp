#include "dmdirtylogd/api/routes.hpp"

#include "dmdirtylogd/api/handlers.hpp"
#include "dmdirtylogd/cli/program_name.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dmdirtylogd::control {

using app::control::request_context;
using boost::beast::http::verb;

namespace {

std::vector<app::control::route> routes_to(target& service) {
    const auto of = [&service](boost::asio::awaitable<void> (*answer)(request_context&, target&)) {
        return [&service, answer](request_context& with) { return answer(with, service); };
    };
    return {
        {"/v1/status", verb::get, false, false, of(answer_status)},
        {"/v1/logs", verb::get, false, false, of(answer_logs)},
        {"/v1/logs/{}", verb::get, false, false, of(answer_log)},
        {"/v1/logs/{}/checkpoints", verb::post, false, true, of(answer_checkpoint)},
        {"/v1/logs/{}/checkpoints/{}", verb::delete_, false, false, of(answer_forgetting)},
        {"/v1/logs/{}/changes", verb::get, false, false, of(answer_changes), false, "since"},
    };
}

}  // namespace

app::control::api api_of(target& service) {
    app::control::api offered;
    offered.product = std::string(program_name) + "/" DMDIRTYLOGD_VERSION;
    offered.routes = routes_to(service);
    // The API has no events.
    offered.events.tell = [](const std::weak_ptr<app::control::event_hub>&) {};
    offered.events.last = [] { return std::uint64_t{0}; };
    return offered;
}

}  // namespace dmdirtylogd::control
