#include "answers.hpp"

#include "counters_json.hpp"
#include "json.hpp"

#include <common/display.hpp>
#include <dmfilemapd/metrics/exposition.hpp>
#include <dmfilemapd/metrics/scrape.hpp>

#include <boost/asio/socket_base.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dmfilemapd::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// Files that are put into JSON without giving the event loop its turn: a fraction of a millisecond.
constexpr std::size_t files_at_once = 64;
constexpr std::size_t event_text_at_once = 64 * 1024;
constexpr std::size_t metrics_text_at_once = 64 * 1024;

/// Something that the service is doing for a client, who may go before it is done.
template <class Result>
class pending_result {
public:
    explicit pending_result(const std::shared_ptr<connection>& client)
        : state_(std::make_shared<state>()), client_(client) {}

    [[nodiscard]] std::function<void(Result)> on_done() const {
        return [state = state_, client = std::weak_ptr(client_)](Result result) {
            state->result = std::move(result);
            if (const auto waiting = client.lock()) waiting->changed.notify();
        };
    }

    /// False if it takes longer than @p patience.
    asio::awaitable<bool> wait(std::chrono::milliseconds patience) const {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!state_->result && !client_->closed && std::chrono::steady_clock::now() < deadline) {
            co_await client_->changed.wait_until(deadline);
        }
        co_return state_->result.has_value();
    }

    /// @pre `wait` gave true.
    [[nodiscard]] const Result& result() const noexcept { return *state_->result; }

private:
    struct state {
        std::optional<Result> result;
    };
    std::shared_ptr<state> state_;
    std::shared_ptr<connection> client_;
};
using pending = pending_result<outcome>;

asio::awaitable<void> answer_when_done(exchange& with, pending action) {
    const bool in_time = co_await action.wait(with.options().action_patience);
    if (!in_time) {
        std::string goes_on = R"({"done":false})";
        co_await with.answer(std::move(goes_on), http::status::accepted);
    } else if (action.result()) {
        co_await with.answer(problem_of(*action.result()));
    } else {
        std::string done = R"({"done":true})";
        co_await with.answer(std::move(done));
    }
}

problem not_listed(const std::string& path) {
    return {http::status::not_found, app::displayed(path) + ": not among the files that are listed"};
}

asio::awaitable<void> answer_file(exchange& with) {
    const auto file = with.service().find(*with.asked.file);
    if (file) return with.answer(json_of(*file));
    return with.answer(not_listed(*with.asked.file));
}

asio::awaitable<void> answer_drawing(exchange& with, bool counted) {
    if (!with.asked.file) {
        co_await with.answer(problem(http::status::bad_request, "no file named"));
        co_return;
    }
    if (with.asked.method == http::verb::head && with.service().find(*with.asked.file)) {
        co_await with.begin(json_type);
        co_return;
    }
    const pending_result<answer_text> drawing(with.client().shared_from_this());
    with.service().map(*with.asked.file, counted, drawing.on_done());
    const bool in_time = co_await drawing.wait(with.options().action_patience);
    if (!in_time) {
        co_await with.answer(problem(http::status::service_unavailable, "it takes too long"));
    } else if (!drawing.result()) {
        co_await with.answer(problem_of(drawing.result().error()));
    } else {
        co_await with.answer(*drawing.result());
    }
}

// As members of an array, with what separates them from those before.
std::string members_of(const std::vector<file_summary>& files, bool is_first) {
    std::string text;
    for (const file_summary& file : files) {
        text += is_first ? "\n" : ",\n";
        text += json_of(file);
        is_first = false;
    }
    return text;
}

asio::awaitable<void> answer_list(exchange& with) {
    co_await with.begin(json_type);
    if (with.asked.method == http::verb::head) co_return;
    std::string last;
    std::string text = "{\"files\":[";
    for (auto files = with.service().files_after(last, files_at_once); !files.empty();
         files = with.service().files_after(last, files_at_once)) {
        text += members_of(files, last.empty());
        last = files.back().path;
        co_await with.piece(std::move(text));
        text.clear();
    }
    text += "\n]}\n";
    co_await with.piece(std::move(text));
    co_await with.end();
}

// None for a HEAD, which reads nothing.
asio::awaitable<std::shared_ptr<const metrics::snapshot>> take_snapshot(exchange& with) {
    if (with.asked.method == http::verb::head) co_return nullptr;
    co_return co_await metrics::scrape(with.client().stream.get_executor(), with.service().figures());
}

// @param text Has `next`, as `metrics::exposition`.
template <class Pieces>
asio::awaitable<void> send_pieces(exchange& with, Pieces& text) {
    for (std::string one = text.next(metrics_text_at_once); !one.empty(); one = text.next(metrics_text_at_once))
        co_await with.piece(std::move(one));
    co_await with.end();
}

// A client that is gone is told of by nothing but this while there is nothing to send.
void watch_for_end(exchange& with) {
    connection& client = with.client();
    const auto gone = [client = client.shared_from_this()](boost::system::error_code, std::size_t = 0) {
        client->closed = true;
        client->changed.notify();
    };
    client.stream.socket().async_wait(asio::socket_base::wait_error, gone);
    // By TCP one that has closed its socket looks like one that has only ended its sending, and is no error: either is
    // gone, and so is one that goes on sending. On the control socket the half-closed listen.
    if (with.only_public()) client.stream.socket().async_read_some(client.received.prepare(1), gone);
}

asio::awaitable<void> tell_events(exchange& with) {
    connection& client = with.client();
    client.listens = true;
    event_hub::listener events(with.events(), with.options().most_event_text, client);
    std::string first = json_of_listening(with.service().status().last_event) + '\n';
    co_await with.begin_endless(lines_type);
    // The rest of the connection is the answer.
    with.asked.keep_alive = false;
    co_await with.piece(std::move(first));
    watch_for_end(with);
    while (!client.closed) {
        if (events.empty()) {
            client.stream.expires_never();
            co_await client.changed.wait();
        } else {
            co_await with.piece(events.take(event_text_at_once));
        }
    }
}

}  // namespace

asio::awaitable<void> answer_status(exchange& with) {
    return with.answer(json_of(with.service().status()));
}

asio::awaitable<void> answer_files(exchange& with) {
    return with.asked.file ? answer_file(with) : answer_list(with);
}

asio::awaitable<void> answer_addition(exchange& with) {
    auto wanted = parse_addition(with.asked.body);
    if (!wanted) return with.answer(wanted.error());
    pending action(with.client().shared_from_this());
    with.service().add(wanted->path, std::move(wanted->settings), action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_removal(exchange& with) {
    if (!with.asked.file) return with.answer(problem(http::status::bad_request, "no file named"));
    pending action(with.client().shared_from_this());
    with.service().remove(*with.asked.file, action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_resync(exchange& with) {
    pending action(with.client().shared_from_this());
    if (with.asked.file) {
        with.service().resync(*with.asked.file, action.on_done());
    } else {
        with.service().resync_all(action.on_done());
    }
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_map(exchange& with) {
    return answer_drawing(with, false);
}

asio::awaitable<void> answer_heat(exchange& with) {
    return answer_drawing(with, true);
}

asio::awaitable<void> answer_reload(exchange& with) {
    pending action(with.client().shared_from_this());
    with.service().reload(action.on_done());
    return answer_when_done(with, std::move(action));
}

asio::awaitable<void> answer_metrics(exchange& with) {
    const metrics::format chosen = metrics::preferred_format(with.asked.accept);
    const auto taken = co_await take_snapshot(with);
    if (with.client().closed) co_return;
    co_await with.begin(metrics::content_type(chosen));
    if (!taken) co_return;
    metrics::exposition figures(taken, chosen);
    co_await send_pieces(with, figures);
}

asio::awaitable<void> answer_counters(exchange& with) {
    const auto taken = co_await take_snapshot(with);
    if (with.client().closed) co_return;
    co_await with.begin(json_type);
    if (!taken) co_return;
    counters_json figures(taken);
    co_await send_pieces(with, figures);
}

asio::awaitable<void> answer_events(exchange& with) {
    const std::size_t most = with.options().most_listeners;
    if (with.events().size() >= most) {
        return with.answer(problem(http::status::service_unavailable,
                                   "there are " + std::to_string(most) + " clients that listen already"));
    }
    if (with.asked.method == http::verb::head) return with.begin_endless(lines_type);
    return tell_events(with);
}

}  // namespace dmfilemapd::control
