#include "dmfilemapd/metrics/shared_snapshots.hpp"

#include "unit/dmfilemapd/metrics/fake_source.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <vector>

using namespace filemap::test;
using namespace std::chrono_literals;

namespace {

using taken = std::shared_ptr<const metrics::snapshot>;

/// A pending request.
struct request {
    bool done = false;
    taken what;
    std::exception_ptr why;
};

/// Source with inconsistent counters.
struct broken_source : fake_source {
    bool is_broken = true;
    metrics::snapshot summary() const override {
        if (is_broken) throw std::bad_alloc();
        return rest;
    }
};

struct snapshots_fixture {
    snapshots_fixture() {
        for (const char* path : {"/srv/a", "/srv/b", "/srv/c"}) source.put(path);
    }

    std::shared_ptr<request> ask(metrics::shared_snapshots& of) {
        const auto mine = std::make_shared<request>();
        boost::asio::co_spawn(events, of.take(events.get_executor()), [mine](std::exception_ptr why, taken what) {
            *mine = {true, std::move(what), std::move(why)};
        });
        turn();
        return mine;
    }

    /// Runs all handlers that are ready, without waiting for timers.
    void turn() {
        events.restart();
        while (events.poll_one() > 0) {
        }
    }

    template <class Condition>
    void turn_until(Condition holds) {
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (!holds() && std::chrono::steady_clock::now() < limit) {
            events.restart();
            events.run_one_for(10ms);
        }
        BOOST_TEST_REQUIRE(holds());
    }

    void answer_all() {
        for (const auto& answer : std::exchange(source.readings, {})) answer();
        turn();
    }

    broken_source source;
    boost::asio::io_context events;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_snapshots_test, snapshots_fixture)

BOOST_AUTO_TEST_CASE(concurrent_requests_share_snapshot) {
    source.is_broken = false;
    metrics::shared_snapshots shared(source, 0ms);
    const std::vector asked{ask(shared), ask(shared), ask(shared)};
    BOOST_TEST(source.readings.size() == 3u);
    answer_all();
    for (const auto& one : asked) {
        BOOST_TEST_REQUIRE(one->done);
        BOOST_TEST((one->what == asked.front()->what));
        BOOST_TEST(one->what->files.size() == 3u);
    }
    // The later request is not answered.
    const auto later = ask(shared);
    BOOST_TEST(source.readings.size() == 3u);
    answer_all();
    BOOST_TEST((later->what != asked.front()->what));
}

BOOST_AUTO_TEST_CASE(soon_request_gets_cached_snapshot) {
    source.is_broken = false;
    metrics::shared_snapshots shared(source, 1h);
    const auto first = ask(shared);
    answer_all();
    for (int i = 0; i < 3; ++i) {
        const auto next = ask(shared);
        BOOST_TEST_REQUIRE(next->done);
        BOOST_TEST((next->what == first->what));
    }
    BOOST_TEST(source.readings.empty());
}

BOOST_AUTO_TEST_CASE(long_scrape_is_shared_until_end) {
    source.is_broken = false;
    metrics::shared_snapshots shared(source, 5ms);
    const auto first = ask(shared);
    turn_until([since = std::chrono::steady_clock::now()] { return std::chrono::steady_clock::now() > since + 20ms; });
    const auto late = ask(shared);
    BOOST_TEST(source.readings.size() == 3u);
    answer_all();
    BOOST_TEST_REQUIRE(late->done);
    BOOST_TEST((late->what == first->what));
}

BOOST_AUTO_TEST_CASE(expired_snapshot_is_freed) {
    source.is_broken = false;
    metrics::shared_snapshots shared(source, 5ms);
    auto first = ask(shared);
    answer_all();
    const std::weak_ptr<const metrics::snapshot> last = first->what;
    BOOST_TEST_REQUIRE(!last.expired());
    first.reset();
    turn_until([&] { return last.expired(); });
    turn();
    BOOST_TEST(events.stopped(), "there is still a timer");
    BOOST_TEST(source.readings.empty());
    ask(shared);
    BOOST_TEST(source.readings.size() == 3u);
    answer_all();
}

BOOST_AUTO_TEST_CASE(failure_reaches_all_and_expires) {
    metrics::shared_snapshots shared(source, 1h);
    const std::vector asked{ask(shared), ask(shared)};
    answer_all();
    for (const auto& one : asked) {
        BOOST_TEST_REQUIRE(one->done);
        BOOST_REQUIRE(one->why);
        BOOST_CHECK_THROW(std::rethrow_exception(one->why), std::bad_alloc);
    }
    source.is_broken = false;
    const auto next = ask(shared);
    answer_all();
    BOOST_TEST_REQUIRE(next->done);
    BOOST_TEST((next->what != nullptr));
}

BOOST_AUTO_TEST_CASE(destroyed_during_scrape_or_cache) {
    source.is_broken = false;
    auto shared = std::make_unique<metrics::shared_snapshots>(source, 1h);
    const auto early = ask(*shared);
    shared.reset();
    answer_all();
    BOOST_TEST_REQUIRE(early->done);
    BOOST_TEST(early->what->files.size() == 3u);
    shared = std::make_unique<metrics::shared_snapshots>(source, 1ms);
    auto last = ask(*shared);
    answer_all();
    const std::weak_ptr<const metrics::snapshot> kept = last->what;
    shared.reset();
    last.reset();
    turn_until([&] { return kept.expired(); });
}

BOOST_AUTO_TEST_CASE(loop_may_be_dropped_anytime) {
    source.is_broken = false;
    for (std::size_t turns = 0; turns < 20; ++turns) {
        source.readings.clear();
        metrics::shared_snapshots shared(source, 1h);
        boost::asio::io_context dropped;
        source.post = [&](std::function<void()> answer) { boost::asio::post(dropped, std::move(answer)); };
        for (int i = 0; i < 2; ++i)
            boost::asio::co_spawn(dropped, shared.take(dropped.get_executor()),
                                  [](const std::exception_ptr&, taken) {});
        for (std::size_t i = 0; i < turns; ++i) dropped.poll_one();
    }
    source.post = nullptr;
}

BOOST_AUTO_TEST_SUITE_END()
