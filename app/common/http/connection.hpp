#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace app::control {

/// Completion token that returns errors as values.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Lets a session wait for a change made by another part of the program.
class condition {
public:
    explicit condition(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    void notify() { timer_.cancel(); }

    /// Waits for @ref notify or the deadline. May return spuriously: check the state and wait again.
    boost::asio::awaitable<void> wait_until(boost::asio::steady_timer::time_point deadline) {
        timer_.expires_at(deadline);
        co_await timer_.async_wait(as_result);
    }
    boost::asio::awaitable<void> wait() { return wait_until(boost::asio::steady_timer::time_point::max()); }

private:
    boost::asio::steady_timer timer_;
};

/// Connection of a client.
struct connection : std::enable_shared_from_this<connection> {
    using stream_type = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

    explicit connection(stream_type::socket_type socket) : stream(std::move(socket)), changed(stream.get_executor()) {}

    stream_type stream;
    /// Received bytes that are not parsed yet.
    boost::beast::flat_buffer received;
    condition changed;
    /// Cancels the pending operation of the session.
    boost::asio::cancellation_signal session;
    /// True after the server or the client has closed the connection.
    bool closed = false;
    /// Start of the idle time; empty while a complete request is being answered.
    std::optional<std::chrono::steady_clock::time_point> idle_since = std::chrono::steady_clock::now();
    /// True if the client receives events. The connection accepts no further request.
    bool listens = false;

    void close() {
        closed = true;
        stream.close();
        changed.notify();
    }
};

}  // namespace app::control
