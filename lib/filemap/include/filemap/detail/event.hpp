#pragma once

#include <filemap/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace filemap::detail {

/// One-shot event that carries an error code. Set and awaited on the event loop.
class async_event {
public:
    using timer_type = boost::asio::steady_timer;

    explicit async_event(const boost::asio::any_io_executor& executor)
        : timer_(executor, timer_type::time_point::max()) {}

    void finish(error_code outcome) {
        outcome_ = outcome;
        // Later waits complete at once.
        timer_.expires_at(timer_type::time_point::min());
    }

    [[nodiscard]] const std::optional<error_code>& outcome() const noexcept { return outcome_; }
    [[nodiscard]] timer_type& timer() noexcept { return timer_; }

private:
    timer_type timer_;
    std::optional<error_code> outcome_;
};

/// Starts a wait on @p on. A wait on a set event is posted, because waiting on an expired timer would cost system
/// calls.
template <class Self>
void begin_wait(async_event& on, Self& self) {
    async_event::timer_type& timer = on.timer();
    if (on.outcome()) {
        boost::asio::post(timer.get_executor(), boost::asio::append(std::move(self), error_code{}));
    } else {
        timer.async_wait(std::move(self));
    }
}

struct wait_operation {
    std::shared_ptr<async_event> on;

    template <class Self>
    void operator()(Self& self) {
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        begin_wait(*on, self);
    }

    template <class Self>
    void operator()(Self& self, error_code) {
        const error_code outcome = on->outcome().value_or(boost::asio::error::operation_aborted);
        on.reset();
        self.complete(outcome);
    }
};

template <class Token>
auto async_wait_for(std::shared_ptr<async_event> on, Token&& token) {
    const auto executor = on->timer().get_executor();
    return boost::asio::async_compose<Token, void(error_code)>(wait_operation{std::move(on)}, token, executor);
}

}  // namespace filemap::detail
