#include "unit/dmfilemapd/metrics/fake_source.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

using namespace filemap::test;
using namespace std::chrono_literals;

namespace {

struct scrape_fixture {
    /// Starts a scrape.
    void begin(std::chrono::milliseconds patience = 1min) {
        taken.reset();
        boost::asio::co_spawn(events, metrics::scrape(events.get_executor(), source, patience),
                              [this](std::exception_ptr why, std::shared_ptr<const metrics::snapshot> what) {
                                  BOOST_TEST(!why);
                                  taken = std::move(what);
                              });
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

    /// Adds a large file. At most four such files of a device are read at a time.
    void put_large(const std::string& path, filemap::device_id device) { source.put(path, device).regions = 16; }

    /// Runs a whole scrape.
    const metrics::snapshot& scrape() {
        source.post = [this](std::function<void()> answer) { boost::asio::post(events, std::move(answer)); };
        begin();
        turn();
        BOOST_TEST_REQUIRE(taken != nullptr);
        return *taken;
    }

    boost::asio::io_context events;
    fake_source source;
    std::shared_ptr<const metrics::snapshot> taken;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scrape_test, scrape_fixture)

BOOST_AUTO_TEST_CASE(empty_service_exports_own_metrics) {
    source.rest.version = "1";
    BOOST_TEST(scrape().files.empty());
    BOOST_TEST(taken->version == "1");
}

BOOST_AUTO_TEST_CASE(every_file_is_read_once) {
    for (unsigned i = 0; i < 1000; ++i) source.put("/srv/" + std::to_string(i), {254, i % 7}).counters->live.reads = i;
    BOOST_TEST(scrape().files.size() == 1000u);
    for (const metrics::file_sample& file : taken->files) {
        BOOST_TEST_REQUIRE(file.counters.has_value());
        BOOST_TEST_REQUIRE("/srv/" + std::to_string(file.counters->live.reads) == file.path);
    }
}

BOOST_AUTO_TEST_CASE(readings_per_device_are_limited) {
    for (int i = 0; i < 100; ++i) put_large("/srv/a" + std::to_string(i), {254, 0});
    for (int i = 0; i < 100; ++i) put_large("/srv/b" + std::to_string(i), {254, 1});
    begin();
    turn();
    BOOST_TEST(source.readings.size() == 8u);
    for (std::size_t i = 0; i < source.readings.size(); ++i) {
        const auto answer = source.readings[i];
        answer();
        BOOST_TEST(source.readings.size() <= i + 1 + 8);
    }
    turn();
    BOOST_TEST_REQUIRE(taken != nullptr);
    BOOST_TEST(source.readings.size() == 200u);
}

BOOST_AUTO_TEST_CASE(small_readings_run_together) {
    for (int i = 0; i < 50; ++i) source.put("/srv/a" + std::to_string(i)).regions = 1;
    for (int i = 0; i < 50; ++i) source.put("/srv/b" + std::to_string(i)).regions = 10'000;
    begin();
    turn();
    BOOST_TEST(source.readings.size() == 50u);
    for (std::size_t i = 0; i < source.readings.size(); ++i) {
        const auto answer = source.readings[i];
        answer();
        // A file with many regions is read alone.
        BOOST_TEST(source.readings.size() == std::max(std::size_t{50}, std::min(i + 2, std::size_t{100})));
    }
    turn();
    BOOST_TEST_REQUIRE(taken != nullptr);
}

BOOST_AUTO_TEST_CASE(unreadable_file_is_left_unread) {
    source.put("/srv/a");
    source.put("/srv/b");
    source.unreadable.insert("/srv/a");
    BOOST_TEST(!scrape().files[0].counters.has_value());
    BOOST_TEST(taken->files[1].counters.has_value());
}

BOOST_AUTO_TEST_CASE(vanished_file_is_left_unread) {
    for (int i = 0; i < 10; ++i) put_large("/srv/" + std::to_string(i), {254, 0});
    begin();
    turn();
    for (int i = 4; i < 10; ++i) source.files.erase("/srv/" + std::to_string(i));
    for (const auto& answer : std::exchange(source.readings, {})) answer();
    turn();
    BOOST_TEST_REQUIRE(taken != nullptr);
    BOOST_TEST(taken->files.size() == 10u);
    BOOST_TEST(taken->files[3].counters.has_value());
    BOOST_TEST(!taken->files[4].counters.has_value());
}

BOOST_AUTO_TEST_CASE(silent_device_costs_own_files) {
    for (int i = 0; i < 10; ++i) put_large("/srv/hangs" + std::to_string(i), {254, 0});
    for (int i = 0; i < 10; ++i) put_large("/srv/works" + std::to_string(i), {254, 1});
    begin(50ms);
    turn();
    // The readings of the first device started first and stay pending.
    for (std::size_t at = 4; at < source.readings.size(); ++at) {
        const auto answer = source.readings[at];
        answer();
    }
    turn_until([&] { return taken != nullptr; });
    for (const metrics::file_sample& file : taken->files)
        BOOST_TEST(file.counters.has_value() == file.path.starts_with("/srv/works"), file.path);
    // A late answer has no effect.
    const auto late = source.readings[0];
    late();
    turn();
    BOOST_TEST(!taken->files[0].counters.has_value());
}

BOOST_AUTO_TEST_CASE(slow_device_is_waited_for) {
    constexpr std::chrono::milliseconds patience{5};
    for (int i = 0; i < 20; ++i) put_large("/srv/" + std::to_string(i), {254, 0});
    int asked = 0;
    source.heard = [&] {
        ++asked;
        return std::chrono::steady_clock::now();
    };
    begin(patience);
    // The time between two answers exceeds the timeout of a silent device.
    for (std::size_t at = 0; at < 20; ++at) {
        turn_until([&, before = asked] { return taken || asked > before + 1; });
        BOOST_TEST_REQUIRE(taken == nullptr);
        const auto answer = source.readings.at(at);
        answer();
    }
    turn_until([&] { return taken != nullptr; });
    for (const metrics::file_sample& file : taken->files) BOOST_TEST(file.counters.has_value(), file.path);
}

BOOST_AUTO_TEST_CASE(device_silent_halfway_costs_rest) {
    for (int i = 0; i < 10; ++i) put_large("/srv/stops" + std::to_string(i), {254, 0});
    put_large("/srv/works", {254, 1});
    begin(50ms);
    turn();
    for (const std::size_t at : {4U, 0U, 1U}) {
        const auto answer = source.readings.at(at);
        answer();
    }
    turn_until([&] { return taken != nullptr; });
    std::size_t read = 0;
    for (const metrics::file_sample& file : taken->files) read += file.counters.has_value();
    BOOST_TEST(read == 3u);
    BOOST_TEST(source.readings.size() == 1u + 4u + 2u);
}

BOOST_AUTO_TEST_SUITE_END()
