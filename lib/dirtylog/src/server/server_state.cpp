#include "server/server_state.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace dirtylog {
namespace asio = boost::asio;

namespace {
// Somewhat longer than the kernel takes from an answer to its next request.
constexpr std::chrono::microseconds next_request{200};

// Asio sets the socket to non-blocking mode once. Let it do so now, before datagram_socket undoes it.
int native_handle_of(asio::posix::stream_descriptor& descriptor) {
    descriptor.native_non_blocking(true);
    return descriptor.native_handle();
}

}  // namespace

server::state::state(executor_type events_on, executor_type blocking_on, filemap::fs::descriptor socket_descriptor,
                     request_slots requests, environment env_given, logger sink, server_options settings)
    : events(std::move(events_on)),
      blocking(std::move(blocking_on)),
      descriptor(events, socket_descriptor.release()),
      socket(native_handle_of(descriptor), next_request),
      slots(std::move(requests)),
      env(std::move(env_given)),
      log(std::move(sink)),
      options(std::move(settings)),
      engine(env, log, options.protocol),
      clear_timer(events),
      slow_timer(events) {
    unsent.reserve(request_slots::count);
    deliver = [this](const reply& out, std::size_t slot) {
        count_wait(clock::now() - waits_since[slot]);
        answer(out, slot);
    };
}

asio::awaitable<error_code> server::state::run() {
    // Cancellation means stop: let the jobs end first.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto found = registry(env.directory).load(env.boot);
    for (const failure& each : found.failures) log(log_level::warning, each.text());
    engine.restore(found.logs);
    start_jobs();
    co_await wait_for_jobs();
    for (const std::size_t slot : slots.unanswered()) take(slot, slots[slot]);
    advance();
    options.restored();
    const error_code ended = co_await serve();
    stopped = true;
    clear_timer.cancel();
    co_await wait_for_jobs();
    slow_timer.cancel();
    co_return ended;
}

asio::awaitable<error_code> server::state::serve() {
    while (!stopped) {
        if (slots.free() == 0) {
            // Each slot holds a request that waits for a job.
            idle = std::make_shared<filemap::detail::async_event>(events);
            const auto mine = idle;
            co_await filemap::detail::async_wait_for(mine, asio::as_tuple(asio::use_awaitable));
            co_await on_cancelled();
            continue;
        }
        const auto [error] = co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                                            asio::as_tuple(asio::use_awaitable));
        co_await on_cancelled();
        if (stopped) break;
        if (error) co_return error;
        if (const error_code failed = receive()) co_return failed;
    }
    co_return error_code();
}

asio::awaitable<void> server::state::wait_for_jobs() {
    while (jobs > 0) {
        idle = std::make_shared<filemap::detail::async_event>(events);
        const auto mine = idle;
        co_await filemap::detail::async_wait_for(mine, asio::as_tuple(asio::use_awaitable));
        co_await on_cancelled();
    }
}

asio::awaitable<void> server::state::on_cancelled() {
    const auto now = co_await asio::this_coro::cancellation_state;
    if (now.cancelled() != asio::cancellation_type::none) stopped = true;
}

error_code server::state::receive() {
    using waiting = datagram_socket::waiting;
    // Bounded, so that other handlers of the event loop run.
    for (int batch = 0; batch < 16 && slots.free() > 0; ++batch) {
        // The kernel usually sends its next request right after the answer. Waiting here takes one system call instead
        // of three, and I/O waits for the answer. Do not wait while a job may end: only the event loop learns of that.
        const auto got = socket.receive(slots, batch > 0 && jobs == 0 ? waiting::briefly : waiting::no);
        if (!got && got.error().code != boost::system::errc::no_buffer_space) return got.error().code;
        if (!got) {
            ++counts.overflows;
            if (!std::exchange(overflow_logged, true))
                log(log_level::warning,
                    "receive buffer overflow: requests of the kernel were lost; the kernel repeats them and may "
                    "construct logs again");
            continue;
        }
        for (const auto& each : *got) {
            if (each.is_foreign || each.is_cut) {
                ++(each.is_foreign ? counts.foreign : counts.malformed);
                slots.release(each.slot);
            } else {
                take(each.slot, slots[each.slot].first(each.size));
            }
        }
        const bool is_all = got->size() < datagram_socket::batch_size;
        advance();
        if (got->empty() || (is_all && jobs > 0)) break;
    }
    return {};
}

void server::state::take(std::size_t slot, std::span<const std::byte> datagram) {
    const auto message = parse_request(datagram);
    if (!message) {
        ++counts.malformed;
        return slots.release(slot);
    }
    ++counts.requests;
    reply out;
    switch (engine.step(*message, out, slot)) {
        case protocol::verdict::reply: return answer(out, slot);
        case protocol::verdict::replace: slots.release(engine.replaced()); [[fallthrough]];
        case protocol::verdict::wait: waits_since[slot] = clock::now(); return;
    }
}

void server::state::answer(const reply& out, std::size_t slot) {
    sizes[slot] = write_reply(out, answers[slot]);
    unsent.push_back(slot);
}

void server::state::send() {
    while (!unsent.empty() && !waits_to_send) {
        const auto sent = socket.send(unsent, answers, sizes);
        if (!sent) {
            // The kernel rejects the answer; a retry would fail as well.
            log(log_level::error, sent.error().text());
            slots.release(unsent.front());
            unsent.erase(unsent.begin());
            continue;
        }
        counts.answers += *sent;
        for (std::size_t i = 0; i < *sent; ++i) slots.release(unsent[i]);
        unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(*sent));
        if (*sent > 0) continue;
        waits_to_send = true;
        descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                              [self = shared_from_this()](const error_code& error) {
                                  self->waits_to_send = false;
                                  if (!error) self->send();
                                  self->wake();
                              });
    }
}

void server::state::advance() {
    send();
    start_jobs();
    watch_clears();
}

void server::state::start_jobs() {
    while (job* const next = engine.next_job()) {
        ++jobs;
        running[next] = clock::now();
        watch_jobs();
        asio::post(blocking, [self = shared_from_this(), next] {
            next->log->run(*next);
            asio::post(self->events, [self, next] { self->finish(*next); });
        });
    }
}

void server::state::finish(job& done) {
    --jobs;
    running.erase(&done);
    engine.complete(done, deliver);
    if (running.empty()) slow_timer.cancel();
    advance();
    wake();
}

// The timer runs only while a region waits to become clean.
void server::state::watch_clears() {
    if (stopped || clears_watched || !engine.wants_clear_round()) return;
    clears_watched = true;
    clear_timer.expires_after(options.clear_delay);
    clear_timer.async_wait([self = shared_from_this()](const error_code& error) {
        self->clears_watched = false;
        if (error || self->stopped) return;
        self->engine.clear_round();
        self->advance();
    });
}

// The timer runs only while a job runs.
void server::state::watch_jobs() {
    if (std::exchange(jobs_watched, true)) return;
    slow_timer.expires_after(options.slow_job);
    slow_timer.async_wait([self = shared_from_this()](const error_code&) {
        self->jobs_watched = false;
        const auto now = clock::now();
        for (auto& [each, since] : self->running) {
            if (now - since < self->options.slow_job) continue;
            self->log(log_level::warning,
                      "log " + each->log->key.uuid.str() + " waits for its devices; the mirror's I/O may hang");
            since = now;
        }
        if (!self->running.empty()) self->watch_jobs();
    });
}

}  // namespace dirtylog
