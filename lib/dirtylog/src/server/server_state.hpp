#pragma once

#include "netlink/datagram_socket.hpp"
#include "server/server.hpp"

#include <filemap/detail/event.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <map>
#include <memory>
#include <vector>

namespace dirtylog {

/// State of a server, shared by its handlers.
struct server::state : std::enable_shared_from_this<server::state> {
    using clock = std::chrono::steady_clock;

    state(executor_type events_on, executor_type blocking_on, filemap::fs::descriptor socket_descriptor,
          request_slots requests, environment env_given, logger sink, server_options settings);

    boost::asio::awaitable<error_code> run();
    boost::asio::awaitable<error_code> serve();
    boost::asio::awaitable<void> wait_for_jobs();
    boost::asio::awaitable<void> on_cancelled();
    /// @return The error that made the socket unusable.
    error_code receive();
    void take(std::size_t slot, std::span<const std::byte> datagram);
    void answer(const reply& out, std::size_t slot);
    void count_wait(clock::duration took) noexcept {
        ++counts.waited;
        counts.wait_time += took;
        counts.max_wait = std::max<std::chrono::nanoseconds>(counts.max_wait, took);
    }
    void send();
    void advance();
    void start_jobs();
    void finish(job& done);
    void watch_clears();
    void watch_jobs();
    void wake() {
        if (idle) idle->finish({});
    }

    executor_type events;
    executor_type blocking;
    boost::asio::posix::stream_descriptor descriptor;
    datagram_socket socket;
    request_slots slots;
    const environment env;
    logger log;
    server_options options;
    protocol engine;
    protocol::answer deliver;
    server_counts counts;

    /// Indexed by slot.
    std::array<std::array<std::byte, max_answer_length>, request_slots::count> answers;
    std::array<std::size_t, request_slots::count> sizes{};
    std::array<clock::time_point, request_slots::count> waits_since{};
    std::vector<std::size_t> unsent;
    bool waits_to_send = false;

    std::size_t jobs = 0;
    std::map<job*, clock::time_point> running;
    boost::asio::steady_timer clear_timer;
    bool clears_watched = false;
    boost::asio::steady_timer slow_timer;
    bool jobs_watched = false;
    bool stopped = false;
    bool overflow_logged = false;
    /// Wakes the coroutine that waits for a free slot or for the end of the jobs.
    std::shared_ptr<filemap::detail::async_event> idle;
};

}  // namespace dirtylog
