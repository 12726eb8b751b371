#include "dmdirtylogd/api/handlers.hpp"

#include "common/http/pending_result.hpp"
#include "common/http/request.hpp"
#include "common/text/display.hpp"
#include "dmdirtylogd/api/log_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace dmdirtylogd::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using app::control::json_type;
using app::control::outcome;
using app::control::pending;
using app::control::pending_result;
using app::control::problem;
using app::control::refused;
using app::control::request_context;
using dirtylog::log_status;
using tracked_result = dirtylog::result<dirtylog::changes>;

namespace {

// Ranges per JSON chunk. A chunk takes a fraction of a millisecond of the event loop.
constexpr std::size_t ranges_per_chunk = 1024;

refused::cause cause_of(const dirtylog::error_code& code) {
    if (code == boost::system::errc::no_such_file_or_directory) return refused::cause::not_found;
    if (code == boost::system::errc::invalid_argument) return refused::cause::invalid;
    // ENODEV: the log does not work.
    for (const auto busy : {boost::system::errc::device_or_resource_busy, boost::system::errc::file_exists,
                            boost::system::errc::no_space_on_device, boost::system::errc::no_such_device}) {
        if (code == busy) return refused::cause::conflict;
    }
    return refused::cause::failed;
}

// Translates errno texts about files into texts about the checkpoint @p name.
refused error_of(const dirtylog::failure& why, const std::string& name) {
    const refused::cause cause = cause_of(why.code);
    if (cause == refused::cause::not_found) return {cause, "no checkpoint " + app::quoted(name)};
    if (why.code == boost::system::errc::file_exists) return {cause, "checkpoint " + app::quoted(name) + " exists"};
    return {cause, why.text()};
}

std::vector<log_status> sorted_logs(const service_api& service) {
    std::vector<log_status> logs = service.logs();
    std::ranges::sort(logs, {}, [](const log_status& log) { return std::pair(log.key.uuid.view(), log.key.luid); });
    return logs;
}

// Returns the log of a name. If two tables have one, prefers the working log.
std::optional<log_status> find(const service_api& service, std::string_view uuid) {
    std::optional<log_status> found;
    for (log_status& log : sorted_logs(service)) {
        if (log.key.uuid.view() != uuid) continue;
        if (!found || log.phase == dirtylog::log_phase::working) found = std::move(log);
    }
    return found;
}

problem no_such_log(const std::string& uuid) {
    return {http::status::not_found, "no log " + app::quoted(uuid)};
}

service_api::tracked completion_of(const pending& action, const std::string& name) {
    return [done = action.on_done(), name](const tracked_result& result) {
        done(result ? outcome() : outcome(error_of(result.error(), name)));
    };
}

asio::awaitable<void> send_changes(request_context& with, const dirtylog::changes& found, std::string since) {
    co_await with.begin(json_type);
    std::string text = json_before_ranges(found, with.asked.words[0], since);
    for (std::size_t at = 0; at < found.ranges.size(); at += ranges_per_chunk) {
        const auto rest = std::span(found.ranges).subspan(at);
        text += json_of(rest.first(std::min(rest.size(), ranges_per_chunk)), at == 0);
        co_await with.piece(std::move(text));
        text.clear();
    }
    text += "\n]}\n";
    co_await with.piece(std::move(text));
    co_await with.end();
}

}  // namespace

asio::awaitable<void> handle_status(request_context& with, service_api& service) {
    return with.answer(json_of(service.status(), service.logs().size()));
}

asio::awaitable<void> handle_logs(request_context& with, service_api& service) {
    std::string text = "{\"logs\":[";
    bool is_first = true;
    for (const log_status& log : sorted_logs(service)) {
        text += std::exchange(is_first, false) ? "\n" : ",\n";
        text += json_of(log);
    }
    return with.answer(text + "\n]}");
}

asio::awaitable<void> handle_log(request_context& with, service_api& service) {
    const std::string& uuid = with.asked.words[0];
    const auto log = find(service, uuid);
    if (log) return with.answer(json_of(*log, service.checkpoints(uuid)));
    return with.answer(no_such_log(uuid));
}

asio::awaitable<void> handle_checkpoint(request_context& with, service_api& service) {
    const auto body = app::control::parse_object(with.asked.body);
    if (!body) return with.answer(body.error());
    const auto* name = body->if_contains("name");
    if (!name || !name->is_string() || body->size() != 1)
        return with.answer(problem(http::status::bad_request, "not {\"name\": \"NAME\"}"));
    if (!find(service, with.asked.words[0])) return with.answer(no_such_log(with.asked.words[0]));
    pending action(with.client().shared_from_this());
    const std::string text(name->get_string());
    service.begin_checkpoint(with.asked.words[0], text, completion_of(action, text));
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> handle_forgetting(request_context& with, service_api& service) {
    const std::string& uuid = with.asked.words[0];
    const std::string& name = with.asked.words[1];
    if (!find(service, uuid)) return with.answer(no_such_log(uuid));
    pending action(with.client().shared_from_this());
    service.forget_checkpoint(uuid, name, completion_of(action, name));
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> handle_changes(request_context& with, service_api& service) {
    if (!with.asked.parameter) {
        co_await with.answer(problem(http::status::bad_request, "no parameter \"since\" given"));
        co_return;
    }
    if (!find(service, with.asked.words[0])) {
        co_await with.answer(no_such_log(with.asked.words[0]));
        co_return;
    }
    const pending_result<tracked_result> action(with.client().shared_from_this());
    const std::string since = *with.asked.parameter;
    service.changes_since(with.asked.words[0], since, action.on_done());
    const bool in_time = co_await action.wait(with.options().action_patience);
    if (!in_time) {
        co_await with.answer(problem(http::status::service_unavailable, "timeout"));
    } else if (!action.result()) {
        co_await with.answer(problem_of(error_of(action.result().error(), since)));
    } else {
        co_await send_changes(with, *action.result(), since);
    }
}

}  // namespace dmdirtylogd::control
