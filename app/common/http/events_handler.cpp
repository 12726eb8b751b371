#include "common/http/events_handler.hpp"

#include "common/http/api.hpp"
#include "common/http/event_hub.hpp"
#include "common/http/json.hpp"

#include <boost/asio/socket_base.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace app::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t event_text_at_once = 64 * 1024;

// Detects the end of the connection while there is nothing to send.
void watch_for_end(request_context& with) {
    connection& client = with.client();
    const auto gone = [client = client.shared_from_this()](boost::system::error_code, std::size_t = 0) {
        client->closed = true;
        client->changed.notify();
    };
    client.stream.socket().async_wait(asio::socket_base::wait_error, gone);
    // A closed TCP client looks like a client that has only shut down sending, so both end the stream. Further data
    // also ends the stream. Clients of the control socket may shut down sending and keep listening.
    if (with.only_public()) client.stream.socket().async_read_some(client.received.prepare(1), gone);
}

asio::awaitable<void> report_events(request_context& with) {
    connection& client = with.client();
    client.listens = true;
    event_hub::listener events(with.events(), with.options().max_event_text, client);
    std::string first = json_of_listening(with.offered().events.last()) + '\n';
    co_await with.begin_endless(lines_type);
    // The stream has no length, so the connection cannot be used for another request.
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

asio::awaitable<void> answer_events(request_context& with) {
    const std::size_t most = with.options().max_listeners;
    if (with.events().size() >= most) {
        return with.answer(problem(http::status::service_unavailable,
                                   "there are " + std::to_string(most) + " clients that listen already"));
    }
    if (with.asked.method == http::verb::head) return with.begin_endless(lines_type);
    return report_events(with);
}

}  // namespace app::control
