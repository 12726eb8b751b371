#include "server/server.hpp"

#include "support/scratch_directory.hpp"
#include "unit/dirtylog/protocol/kernel_requests.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace dirtylog {
namespace {

namespace asio = boost::asio;
using filemap::fs::descriptor;
using test::answer;
using test::numbers;
using test::text;

/// A kernel at one end of a socket pair, and servers at the other. All run on one thread; jobs wait for `poll`.
struct fake_kernel {
    fake_kernel() {
        int ends[2];
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        here = descriptor(ends[0]);
        there = descriptor(ends[1]);
        std::filesystem::create_directory(directory.path / "run");
    }

    /// Starts a server on its own descriptor of the socket, as after a restart by a supervisor.
    void start_server() {
        ended.reset();
        environment env{(directory.path / "run").string(), *boot_id::make("boot")};
        auto made = server::open(
            events_on->get_executor(), blocking_on->get_executor(), descriptor(::dup(there.get())), env,
            logger(log_level::debug, [this](log_level, std::string_view line) { log.emplace_back(line); }), options);
        BOOST_TEST_REQUIRE(made.has_value());
        serving.emplace(std::move(*made));
        serving->async_run(
            asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr thrown, error_code error) {
                BOOST_TEST(!thrown);
                ended = error;
            }));
    }
    /// Kills the server with its requests and jobs.
    void kill_server() {
        serving.reset();
        // Pending operations do not continue.
        blocking_on = std::make_unique<asio::io_context>();
        events_on = std::make_unique<asio::io_context>();
    }

    std::uint32_t send(std::uint32_t type, test::datagram data = {}) {
        const test::datagram sent = test::in_datagram({type, std::move(data), "mirror", 1, ++seq});
        BOOST_TEST(::send(here.get(), sent.data(), sent.size(), 0) == static_cast<ssize_t>(sent.size()));
        return seq;
    }
    std::optional<answer> receive() {
        test::datagram got(max_answer_length);
        const ssize_t size = ::recv(here.get(), got.data(), got.size(), MSG_DONTWAIT);
        if (size < 0) return std::nullopt;
        got.resize(static_cast<std::size_t>(size));
        const auto taken = test::taken_by_kernel(got);
        BOOST_TEST_REQUIRE(taken.has_value());
        return taken;
    }
    /// Runs ready handlers, and jobs if they may run.
    void poll(bool with_jobs = true) {
        events_on->restart();
        blocking_on->restart();
        events_on->poll();
        if (with_jobs) blocking_on->poll();
    }
    answer next_answer() {
        const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (true) {
            if (const auto got = receive()) return *got;
            BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < bound), "no answer");
            poll();
        }
    }
    void poll_until_ended() {
        const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!ended) {
            BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < bound), "it does not end");
            poll();
        }
    }
    answer ask(std::uint32_t type, test::datagram data = {}) {
        const std::uint32_t mine = send(type, std::move(data));
        const answer got = next_answer();
        BOOST_TEST(got.seq == mine);
        return got;
    }
    void create(const std::string& constructor) {
        BOOST_TEST(ask(DM_ULOG_CTR, text(constructor)).error == 0);
        BOOST_TEST(ask(DM_ULOG_GET_REGION_SIZE).number() == 8u);
        BOOST_TEST(ask(DM_ULOG_RESUME).error == 0);
    }
    std::string disk() const { return "40 disk " + (directory.path / "log").string() + " 8 nosync"; }
    bool has_logged(std::string_view part) const {
        for (const std::string& line : log)
            if (line.find(part) != std::string::npos) return true;
        return false;
    }

    filemap::test::scratch_directory directory;
    std::unique_ptr<asio::io_context> events_on = std::make_unique<asio::io_context>();
    std::unique_ptr<asio::io_context> blocking_on = std::make_unique<asio::io_context>();
    /// Overrides `blocking_on`.
    std::optional<asio::thread_pool> threads;
    descriptor here, there;
    server_options options;
    asio::cancellation_signal cancel;
    std::optional<server> serving;
    std::optional<error_code> ended;
    std::vector<std::string> log;
    std::uint32_t seq = 0;
};

BOOST_FIXTURE_TEST_SUITE(server_suite, fake_kernel)

BOOST_AUTO_TEST_CASE(requests_are_answered) {
    start_server();
    create(disk());
    BOOST_TEST(ask(DM_ULOG_IN_SYNC, numbers({3})).number() == 1u);
    BOOST_TEST(ask(DM_ULOG_MARK_REGION, numbers({3})).error == 0);
    BOOST_TEST(ask(DM_ULOG_FLUSH).error == 0);
    BOOST_TEST(ask(DM_ULOG_GET_SYNC_COUNT).number() == 5u);
    BOOST_TEST(serving->counts().requests == 7u);
    BOOST_TEST(serving->counts().answers == 7u);
    BOOST_TEST_REQUIRE(serving->status().size() == 1u);
    BOOST_TEST(serving->status()[0].dirty.count() == 1u);
}

BOOST_AUTO_TEST_CASE(concurrent_waiting_requests_are_all_answered) {
    start_server();
    create(disk());
    for (std::uint64_t i = 0; i < 5; ++i) send(DM_ULOG_IN_SYNC, numbers({i}));
    for (std::uint64_t i = 0; i < 5; ++i) BOOST_TEST(next_answer().number() == 1u);
}

BOOST_AUTO_TEST_CASE(malformed_datagram_is_dropped_and_counted) {
    start_server();
    BOOST_TEST(::send(here.get(), "nonsense", 8, 0) == 8);
    const test::datagram long_one(2000);
    BOOST_TEST(::send(here.get(), long_one.data(), long_one.size(), 0) == 2000);
    BOOST_TEST(ask(DM_ULOG_RESUME).error == -ESRCH);
    BOOST_TEST(serving->counts().malformed == 2u);
    BOOST_TEST(serving->counts().requests == 1u);
}

BOOST_AUTO_TEST_CASE(requests_during_flush_are_answered) {
    start_server();
    create(disk());
    const std::uint32_t flush = send(DM_ULOG_FLUSH, numbers({1}));
    poll(false);
    send(DM_ULOG_IN_SYNC, numbers({1}));
    poll(false);
    BOOST_TEST(receive()->number() == 1u);
    BOOST_TEST(!receive().has_value());
    // The kernel repeats a request after a timeout: both are answered.
    const std::uint32_t again = send(DM_ULOG_FLUSH, numbers({1}));
    poll(false);
    BOOST_TEST(!receive().has_value());
    BOOST_TEST(next_answer().seq == flush);
    BOOST_TEST(next_answer().seq == again);
}

BOOST_AUTO_TEST_CASE(request_of_killed_server_is_answered) {
    start_server();
    create(disk());
    const std::uint32_t flush = send(DM_ULOG_FLUSH, numbers({1}));
    poll(false);
    BOOST_TEST(!receive().has_value());
    kill_server();
    const std::uint32_t later = send(DM_ULOG_IS_CLEAN, numbers({1}));
    start_server();
    const answer first = next_answer();
    const answer second = next_answer();
    BOOST_TEST((first.seq == later ? second : first).seq == flush);
    BOOST_TEST((first.seq == later ? first : second).number() == 0u);
    BOOST_TEST(ask(DM_ULOG_GET_SYNC_COUNT).number() == 5u);
    BOOST_TEST(has_logged("log mirror restored from its live state"));
}

BOOST_AUTO_TEST_CASE(stop_waits_for_jobs) {
    start_server();
    create(disk());
    send(DM_ULOG_FLUSH, numbers({1}));
    poll(false);
    serving->stop();
    poll(false);
    BOOST_TEST(!ended.has_value());
    poll_until_ended();
    BOOST_TEST(!*ended);
    BOOST_TEST(receive()->error == 0);
}

BOOST_AUTO_TEST_CASE(cancellation_waits_for_jobs) {
    std::uint64_t region = 0;
    for (const asio::cancellation_type how :
         {asio::cancellation_type::total, asio::cancellation_type::partial, asio::cancellation_type::terminal}) {
        start_server();
        if (region == 0) create(disk());
        BOOST_TEST(ask(DM_ULOG_MARK_REGION, numbers({region++})).error == 0);
        send(DM_ULOG_FLUSH);
        poll(false);
        cancel.emit(how);
        poll(false);
        BOOST_TEST(!ended.has_value());
        poll_until_ended();
        BOOST_TEST(!*ended);
        BOOST_TEST(receive()->error == 0);
        kill_server();
    }
}

BOOST_AUTO_TEST_CASE(slow_reader_gets_all_answers) {
    const int small = 1;
    BOOST_TEST(::setsockopt(there.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
    start_server();
    create(disk());
    std::size_t asked_for = 0, answered = 0;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 8; ++i, ++asked_for) send(DM_ULOG_IN_SYNC, numbers({1}));
        poll();
        while (receive()) ++answered;
    }
    while (answered < asked_for) {
        poll();
        while (receive()) ++answered;
    }
    BOOST_TEST(answered == asked_for);
}

BOOST_AUTO_TEST_CASE(slow_job_is_logged) {
    options.slow_job = std::chrono::milliseconds{1};
    start_server();
    create(disk());
    send(DM_ULOG_FLUSH, numbers({1}));
    while (!has_logged("log mirror waits for its devices")) poll(false);
    BOOST_TEST(next_answer().error == 0);
}

BOOST_AUTO_TEST_CASE(idle_region_becomes_clean_on_disk) {
    options.clear_delay = std::chrono::milliseconds{1};
    start_server();
    create(disk());
    ask(DM_ULOG_FLUSH, numbers({1}));
    ask(DM_ULOG_CLEAR_REGION, numbers({1}));
    // Read the log as the next boot does.
    std::uint64_t dirty = 1;
    while (dirty != 0) {
        poll();
        auto file = open_log_storage((directory.path / "log").string());
        journal read(**file);
        BOOST_TEST_REQUIRE((read.refresh().value() == journal_state::whole));
        dirty = read.read().value().dirty[0];
    }
    BOOST_TEST(dirty == 0u);
}

BOOST_AUTO_TEST_CASE(checkpoint_reports_changes) {
    start_server();
    create(disk());
    bool is_made = false;
    serving->begin_checkpoint("mirror", "monday", [&](const result<changes>& got) { is_made = got.has_value(); });
    while (!is_made) poll();
    ask(DM_ULOG_FLUSH, numbers({2}));
    std::optional<changes> told;
    serving->changes_since("mirror", "monday", [&](const result<changes>& got) { told = *got; });
    while (!told) poll();
    BOOST_TEST((told->ranges == std::vector<sector_range>{{sectors{16}, sectors{8}}}));
    BOOST_TEST((serving->checkpoints("mirror") == std::vector<std::string>{"monday"}));
}

BOOST_AUTO_TEST_CASE(jobs_on_threads_run_beside_requests) {
    options.clear_delay = std::chrono::milliseconds{1};
    threads.emplace(2);
    start_server();
    create(disk());
    std::size_t answered = 0;
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t which = round % 5;
        send(DM_ULOG_FLUSH, numbers({which}));
        send(DM_ULOG_IN_SYNC, numbers({which}));
        send(DM_ULOG_GET_SYNC_COUNT);
        for (int i = 0; i < 3; ++i, ++answered) BOOST_TEST(next_answer().error == 0);
        BOOST_TEST(ask(DM_ULOG_CLEAR_REGION, numbers({which})).error == 0);
        if (round % 50 != 0) continue;
        BOOST_TEST(ask(DM_ULOG_POSTSUSPEND).error == 0);
        BOOST_TEST(ask(DM_ULOG_RESUME).error == 0);
    }
    BOOST_TEST(answered == 600u);
    serving->stop();
    poll_until_ended();
    threads->join();
}

BOOST_AUTO_TEST_CASE(server_destroyed_anytime_next_continues) {
    for (int steps = 0; steps < 40; ++steps) {
        fake_kernel k;
        k.start_server();
        k.create(k.disk());
        const std::uint32_t flush = k.send(DM_ULOG_FLUSH, numbers({1}));
        k.events_on->restart();
        k.blocking_on->restart();
        for (int i = 0; i < steps; ++i) (i % 2 ? k.events_on : k.blocking_on)->poll_one();
        k.serving.reset();
        k.poll();
        k.poll();
        const auto before = k.receive();
        k.start_server();
        if (!before) BOOST_TEST(k.next_answer().seq == flush);
        BOOST_TEST(k.ask(DM_ULOG_IS_CLEAN, numbers({1})).number() == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
