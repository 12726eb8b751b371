#include "common/http/json.hpp"
#include "dmfilemapd/api/handlers.hpp"

#include <boost/asio/socket_base.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace dmfilemapd::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using app::control::connection;
using app::control::problem;
using app::control::request_context;

namespace {

/// Hot-spot scan of one client. The scan stops when the client disconnects.
class scan {
public:
    scan(target& service, const std::string& device, const std::shared_ptr<connection>& client) {
        const auto notify = [waiting = std::weak_ptr(client)] {
            if (const auto one = waiting.lock()) one->changed.notify();
        };
        give_up_ = service.scan(
            device,
            [state = state_, notify](std::string line) {
                state->text += std::move(line) + '\n';
                notify();
            },
            [state = state_, notify](outcome how) {
                state->failed = std::move(how);
                state->ended = true;
                notify();
            });
    }
    scan(const scan&) = delete;
    scan& operator=(const scan&) = delete;
    ~scan() {
        if (give_up_) give_up_();
    }

    [[nodiscard]] bool is_silent() const noexcept { return state_->text.empty(); }
    [[nodiscard]] std::string take() { return std::exchange(state_->text, {}); }
    [[nodiscard]] bool has_ended() const noexcept { return state_->ended; }
    [[nodiscard]] const outcome& failed() const noexcept { return state_->failed; }

private:
    struct state {
        std::string text;
        bool ended = false;
        outcome failed;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
    std::function<void()> give_up_;
};

asio::awaitable<void> await_line(scan& running, connection& client) {
    client.stream.expires_never();
    while (running.is_silent() && !running.has_ended() && !client.closed) co_await client.changed.wait();
}

asio::awaitable<void> send_lines(request_context& with, scan& running) {
    connection& client = with.client();
    co_await with.begin_endless(app::control::lines_type);
    while (!client.closed && !(running.is_silent() && running.has_ended())) {
        co_await with.piece(running.take());
        co_await await_line(running, client);
    }
    if (client.closed) co_return;
    if (running.failed()) co_await with.piece(json_of(problem_of(*running.failed())) + '\n');
    co_await with.end();
}

}  // namespace

asio::awaitable<void> answer_hot(request_context& with, target& service) {
    if (!with.asked.file) {
        co_await with.answer(problem(http::status::bad_request, "no device named"));
        co_return;
    }
    connection& client = with.client();
    scan running(service, *with.asked.file, client.shared_from_this());
    // Detects a disconnected client while there is nothing to send.
    with.asked.keep_alive = false;
    client.stream.socket().async_wait(asio::socket_base::wait_error,
                                      [gone = client.shared_from_this()](boost::system::error_code) {
                                          gone->closed = true;
                                          gone->changed.notify();
                                      });
    co_await await_line(running, client);
    if (client.closed) co_return;
    if (running.is_silent() && running.failed()) {
        co_await with.answer(problem_of(*running.failed()));
    } else {
        co_await send_lines(with, running);
    }
}

}  // namespace dmfilemapd::control
