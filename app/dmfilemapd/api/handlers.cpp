#include "dmfilemapd/api/handlers.hpp"

#include "common/http/pending_result.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/api/add_request.hpp"
#include "dmfilemapd/api/counters_json.hpp"
#include "dmfilemapd/api/file_json.hpp"
#include "dmfilemapd/metrics/exposition.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dmfilemapd::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using app::control::json_type;
using app::control::pending;
using app::control::pending_result;
using app::control::problem;
using app::control::request_context;

namespace {

// Limit of files written to JSON before the event loop runs other work: about a millisecond.
constexpr std::size_t files_at_once = 256;
constexpr std::size_t metrics_text_at_once = 64 * 1024;

problem not_listed(const std::string& path) {
    return {http::status::not_found, app::displayed(path) + ": not among the files that are listed"};
}

asio::awaitable<void> answer_file(request_context& with, target& service) {
    const auto file = service.find(*with.asked.file);
    if (file) return with.answer(json_of(*file));
    return with.answer(not_listed(*with.asked.file));
}

// Returns false if the file cannot be mapped, so that the request fails at once.
bool can_be_drawn(const target& service, const std::string& path) {
    const auto file = service.find(path);
    return file && file->monitor && file->monitor->inode != 0;
}

asio::awaitable<void> answer_drawing(request_context& with, target& service, bool counted) {
    if (!with.asked.file) {
        co_await with.answer(problem(http::status::bad_request, "no file named"));
        co_return;
    }
    if (with.asked.method == http::verb::head && can_be_drawn(service, *with.asked.file)) {
        co_await with.begin(json_type);
        co_return;
    }
    const pending_result<answer_text> drawing(with.client().shared_from_this());
    service.map(*with.asked.file, counted, drawing.on_done());
    const bool in_time = co_await drawing.wait(with.options().action_patience);
    if (!in_time) {
        co_await with.answer(problem(http::status::service_unavailable, "it takes too long"));
    } else if (!drawing.result()) {
        co_await with.answer(problem_of(drawing.result().error()));
    } else {
        co_await with.answer(*drawing.result());
    }
}

asio::awaitable<void> answer_list(request_context& with, target& service) {
    co_await with.begin(json_type);
    if (with.asked.method == http::verb::head) co_return;
    std::string last;
    std::string text = "{\"files\":[";
    for (auto files = service.files_after(last, files_at_once); !files.empty();
         files = service.files_after(last, files_at_once)) {
        text += members_of(files, last.empty());
        last = files.back().path;
        co_await with.piece(std::move(text));
        text.clear();
    }
    text += "\n]}\n";
    co_await with.piece(std::move(text));
    co_await with.end();
}

// Returns nullptr for a HEAD request, which needs no counters.
asio::awaitable<std::shared_ptr<const metrics::snapshot>> take_snapshot(request_context& with, target& service) {
    if (with.asked.method == http::verb::head) co_return nullptr;
    co_return co_await service.figures().take(with.client().stream.get_executor());
}

// @param text Object with a member function `next`, like `metrics::exposition`.
template <class Pieces>
asio::awaitable<void> send_pieces(request_context& with, Pieces& text) {
    for (std::string one = text.next(metrics_text_at_once); !one.empty(); one = text.next(metrics_text_at_once))
        co_await with.piece(std::move(one));
    co_await with.end();
}

}  // namespace

asio::awaitable<void> answer_status(request_context& with, target& service) {
    return with.answer(json_of(service.status()));
}

asio::awaitable<void> answer_files(request_context& with, target& service) {
    return with.asked.file ? answer_file(with, service) : answer_list(with, service);
}

asio::awaitable<void> answer_addition(request_context& with, target& service) {
    auto wanted = parse_addition(with.asked.body);
    if (!wanted) return with.answer(wanted.error());
    pending action(with.client().shared_from_this());
    service.add(wanted->path, std::move(wanted->settings), action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_removal(request_context& with, target& service) {
    if (!with.asked.file) return with.answer(problem(http::status::bad_request, "no file named"));
    pending action(with.client().shared_from_this());
    service.remove(*with.asked.file, action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_resync(request_context& with, target& service) {
    pending action(with.client().shared_from_this());
    if (with.asked.file) {
        service.resync(*with.asked.file, action.on_done());
    } else {
        service.resync_all(action.on_done());
    }
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_map(request_context& with, target& service) {
    return answer_drawing(with, service, false);
}

asio::awaitable<void> answer_heat(request_context& with, target& service) {
    return answer_drawing(with, service, true);
}

asio::awaitable<void> answer_reload(request_context& with, target& service) {
    pending action(with.client().shared_from_this());
    service.reload(action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_metrics(request_context& with, target& service) {
    const metrics::format chosen = metrics::preferred_format(with.asked.accept);
    const auto taken = co_await take_snapshot(with, service);
    if (with.client().closed) co_return;
    co_await with.begin(metrics::content_type(chosen));
    if (!taken) co_return;
    metrics::exposition figures(taken, chosen);
    co_await send_pieces(with, figures);
}

asio::awaitable<void> answer_counters(request_context& with, target& service) {
    const auto taken = co_await take_snapshot(with, service);
    if (with.client().closed) co_return;
    co_await with.begin(json_type);
    if (!taken) co_return;
    counters_json figures(taken);
    co_await send_pieces(with, figures);
}

}  // namespace dmfilemapd::control
