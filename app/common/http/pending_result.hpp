#pragma once

#include "common/http/connection.hpp"
#include "common/http/request_context.hpp"
#include "common/http/request_error.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace app::control {

/// Result of an action of the service. The client may disconnect before the action ends.
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

    /// Returns false if the action takes longer than @p patience.
    boost::asio::awaitable<bool> wait(std::chrono::milliseconds patience) const {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!state_->result && !client_->closed && std::chrono::steady_clock::now() < deadline) {
            co_await client_->changed.wait_until(deadline);
        }
        co_return state_->result.has_value();
    }

    /// Returns the result. @pre `wait` has returned true.
    [[nodiscard]] const Result& result() const noexcept { return *state_->result; }

private:
    struct state {
        std::optional<Result> result;
    };
    std::shared_ptr<state> state_;
    std::shared_ptr<connection> client_;
};
using pending = pending_result<outcome>;

/// Answers with the result of an action, or with status 202 if the action takes longer than
/// `server_options::action_patience`.
[[nodiscard]] boost::asio::awaitable<void> answer_when_done(request_context& with, pending action);

}  // namespace app::control
