#include "server/server.hpp"

#include "netlink/datagram_socket.hpp"

#include <filemap/detail/event.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <map>
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

struct server::state : std::enable_shared_from_this<server::state> {
    using clock = std::chrono::steady_clock;

    state(executor_type events_on, executor_type blocking_on, filemap::fs::descriptor socket_descriptor,
          request_slots requests, environment env_given, logger to, server_options chosen)
        : events(std::move(events_on)),
          blocking(std::move(blocking_on)),
          descriptor(events, socket_descriptor.release()),
          socket(native_handle_of(descriptor), next_request),
          slots(std::move(requests)),
          env(std::move(env_given)),
          log(std::move(to)),
          options(std::move(chosen)),
          engine(env, log, options.protocol),
          clear_timer(events),
          slow_timer(events) {
        unsent.reserve(request_slots::count);
        deliver = [this](const reply& out, std::size_t slot) {
            count_wait(clock::now() - waits_since[slot]);
            answer(out, slot);
        };
    }

    asio::awaitable<error_code> run();
    asio::awaitable<error_code> serve();
    asio::awaitable<void> wait_for_jobs();
    asio::awaitable<void> on_cancelled();
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
    asio::posix::stream_descriptor descriptor;
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
    asio::steady_timer clear_timer;
    bool clears_watched = false;
    asio::steady_timer slow_timer;
    bool jobs_watched = false;
    bool stopped = false;
    bool overflow_logged = false;
    /// Wakes the coroutine that waits for a free slot or for the end of the jobs.
    std::shared_ptr<filemap::detail::async_event> idle;
};

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

server::server(std::shared_ptr<state> made) : state_(std::move(made)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;

server::~server() {
    if (state_) stop();
}

result<server> server::open(executor_type events, executor_type blocking, filemap::fs::descriptor socket,
                            environment env, logger log, server_options options) {
    auto slots = request_slots::open(env.directory);
    if (!slots) return slots.error();
    return server(std::make_shared<state>(std::move(events), std::move(blocking), std::move(socket), std::move(*slots),
                                          std::move(env), std::move(log), std::move(options)));
}

server::executor_type server::get_executor() const noexcept {
    return state_->events;
}

server_counts server::counts() const noexcept {
    return state_->counts;
}

std::vector<log_status> server::status() const {
    return state_->engine.status();
}

void server::begin_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.begin_checkpoint(uuid, name, std::move(done));
    state_->advance();
}

void server::forget_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.forget_checkpoint(uuid, name, std::move(done));
    state_->advance();
}

void server::changes_since(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.changes_since(uuid, name, std::move(done));
    state_->advance();
}

std::vector<std::string> server::checkpoints(std::string_view uuid) const {
    return state_->engine.checkpoints(uuid);
}

void server::stop() {
    state_->stopped = true;
    error_code ignored;
    state_->descriptor.cancel(ignored);
    state_->wake();
}

asio::awaitable<error_code> server::run(std::shared_ptr<state> self) {
    co_return co_await self->run();
}

}  // namespace dirtylog
