#include "watch/watch_hub.hpp"

#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <fstream>
#include <optional>

#include <sys/stat.h>

namespace filemap::fs {
namespace {

namespace asio = boost::asio;

class fixture {
public:
    fixture() {
        auto opened = watch_hub::open(io.get_executor());
        BOOST_REQUIRE(opened.has_value());
        hub = std::move(*opened);
        asio::co_spawn(io, hub->run(), [this](std::exception_ptr thrown, result<void> delivered) {
            BOOST_TEST(delivered.has_value());
            ended = true;
            if (thrown) std::rethrow_exception(thrown);
        });
    }

    /// Delivers the queued events.
    void deliver() {
        io.restart();
        while (io.poll() > 0) {
        }
    }

    /// Returns a subscriber that records its events.
    watch_hub::subscriber note(std::string& to) {
        return [&to](std::uint32_t mask, std::string_view name) {
            to += std::to_string(mask) + (name.empty() ? "" : "/" + std::string(name)) + " ";
        };
    }

    static void write(const descriptor& file) { BOOST_REQUIRE(::write(file.get(), "x", 1) == 1); }
    static void touch(const descriptor& file) { BOOST_REQUIRE(::fchmod(file.get(), 0600) == 0); }

    test::scratch_directory directory;
    descriptor file = directory.make("file");
    asio::io_context io;
    std::unique_ptr<watch_hub> hub;
    bool ended = false;
    std::string told;
};

const std::string modify = "2 ", attrib = "4 ", ignored = "32768 ";

BOOST_FIXTURE_TEST_SUITE(watch_hub_suite, fixture)

BOOST_AUTO_TEST_CASE(armed_watch_fires_once) {
    for (int i = 0; i < 3; ++i) {
        told.clear();
        auto armed = hub->watch_next_write(file.get(), note(told));
        BOOST_REQUIRE(armed.has_value());
        BOOST_TEST(armed->active());
        deliver();
        BOOST_TEST(told == "");
        write(file);
        write(file);
        deliver();
        BOOST_TEST(told == modify + ignored);
        BOOST_TEST(!armed->active());
        write(file);
        deliver();
        BOOST_TEST(told == modify + ignored);
    }
}

BOOST_AUTO_TEST_CASE(rearming_before_fire_keeps_watch) {
    auto first = hub->watch_next_write(file.get(), note(told));
    auto second = hub->watch_next_write(file.get(), note(told));
    BOOST_REQUIRE((first.has_value() && second.has_value()));
    BOOST_TEST(first->watch() == second->watch());
    *first = std::move(*second);
    second->reset();
    BOOST_TEST(first->active());
    write(file);
    deliver();
    BOOST_TEST(told == modify + ignored);
}

BOOST_AUTO_TEST_CASE(rearming_after_unseen_fire_works) {
    auto armed = hub->watch_next_write(file.get(), note(told));
    BOOST_REQUIRE(armed.has_value());
    write(file);
    auto again = hub->watch_next_write(file.get(), note(told));
    BOOST_REQUIRE(again.has_value());
    *armed = std::move(*again);
    again->reset();
    deliver();
    // Earlier events belong to the subscription that has ended.
    BOOST_TEST(told == "");
    BOOST_TEST(armed->active());
    write(file);
    deliver();
    BOOST_TEST(told == modify + ignored);
}

BOOST_AUTO_TEST_CASE(all_subscribers_get_events) {
    std::string told_too;
    auto first = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    auto second = hub->watch_state((directory / "file").c_str(), IN_ATTRIB, note(told_too));
    BOOST_REQUIRE((first.has_value() && second.has_value()));
    BOOST_TEST(first->watch() == second->watch());
    touch(file);
    deliver();
    first->reset();
    touch(file);
    deliver();
    BOOST_TEST(told == attrib);
    BOOST_TEST(told_too == attrib + attrib);
}

BOOST_AUTO_TEST_CASE(states_and_writes_are_separate) {
    std::string written;
    const auto state = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    const auto next_write = hub->watch_next_write(file.get(), note(written));
    BOOST_REQUIRE((state.has_value() && next_write.has_value()));
    write(file);
    touch(file);
    deliver();
    touch(file);
    deliver();
    BOOST_TEST(told == attrib + attrib);
    BOOST_TEST(written == modify + ignored);
}

BOOST_AUTO_TEST_CASE(directory_watch_tells_the_name) {
    const auto watched = hub->watch_state(directory.path().c_str(), IN_CREATE | IN_DELETE, note(told));
    BOOST_REQUIRE(watched.has_value());
    (void)directory.make("made");
    deliver();
    BOOST_TEST(told == "256/made ");
}

BOOST_AUTO_TEST_CASE(name_filter_limits_events) {
    const filemap::fs::descriptor there{::open(directory.path().c_str(), O_PATH | O_CLOEXEC)};
    const std::uint32_t events = IN_CREATE | IN_DELETE | IN_ATTRIB;
    std::string of_a, of_b;
    const auto all = hub->watch_state(there.get(), events, note(told));
    const auto a = hub->watch_state(there.get(), events, note(of_a), "a");
    auto b = hub->watch_state(there.get(), events, note(of_b), "b");
    BOOST_REQUIRE((all && a && b));
    (void)directory.make("a");
    (void)directory.make("b");
    deliver();
    BOOST_TEST(of_a == "256/a ");
    BOOST_TEST(of_b == "256/b ");
    BOOST_TEST(told == "256/a 256/b ");
    b->reset();
    BOOST_TEST(a->active());
    BOOST_TEST(std::filesystem::remove(directory.path() + "/b"));
    deliver();
    BOOST_TEST(of_b == "256/b ");
    // Events of the directory itself concern all subscribers.
    std::filesystem::permissions(directory.path(), std::filesystem::perms::owner_all);
    deliver();
    BOOST_TEST(of_a.starts_with("256/a "));
    BOOST_TEST(of_a.size() > std::string("256/a ").size());
}

BOOST_AUTO_TEST_CASE(subscriber_may_end_its_own_subscription) {
    watch_hub::subscription mine;
    int calls = 0;
    auto watched = hub->watch_state(file.get(), IN_ATTRIB, [&](std::uint32_t, std::string_view) {
        ++calls;
        mine.reset();
    });
    BOOST_REQUIRE(watched.has_value());
    mine = std::move(*watched);
    touch(file);
    deliver();
    touch(file);
    deliver();
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(unsubscribed_subscriber_gets_nothing) {
    watch_hub::subscription other;
    const auto first = hub->watch_state(file.get(), IN_ATTRIB, [&](std::uint32_t, std::string_view) { other.reset(); });
    auto second = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    BOOST_REQUIRE((first.has_value() && second.has_value()));
    other = std::move(*second);
    touch(file);
    deliver();
    BOOST_TEST(told == "");
}

BOOST_AUTO_TEST_CASE(subscriber_may_rearm_inside_call) {
    watch_hub::subscription mine;
    int writes = 0;
    std::function<void(std::uint32_t, std::string_view)> tell = [&](std::uint32_t mask, std::string_view) {
        if (!(mask & IN_MODIFY)) return;
        ++writes;
        if (auto again = hub->watch_next_write(file.get(), tell)) mine = std::move(*again);
    };
    auto armed = hub->watch_next_write(file.get(), tell);
    BOOST_REQUIRE(armed.has_value());
    mine = std::move(*armed);
    for (int i = 1; i <= 3; ++i) {
        write(file);
        deliver();
        BOOST_TEST(writes == i);
        BOOST_TEST(mine.active());
    }
}

BOOST_AUTO_TEST_CASE(death_of_object_ends_watch) {
    auto watched = hub->watch_state(file.get(), IN_DELETE_SELF, note(told));
    BOOST_REQUIRE(watched.has_value());
    BOOST_REQUIRE(::unlink((directory / "file").c_str()) == 0);
    deliver();
    BOOST_TEST(told == "");
    file.close();
    deliver();
    BOOST_TEST(told == "1024 " + ignored);
    BOOST_TEST(!watched->active());
}

BOOST_AUTO_TEST_CASE(overflow_reaches_all_of_instance) {
    std::size_t most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    if (most == 0 || most > 1'000'000) {
        BOOST_TEST_MESSAGE("not tried: the queue holds " << most << " events");
        return;
    }
    const descriptor other = directory.make("other"), quiet = directory.make("quiet");
    int overflows = 0, quiet_overflows = 0;
    const auto count = [](int& overflows_told) {
        return [&overflows_told](std::uint32_t mask, std::string_view) {
            if (mask & IN_Q_OVERFLOW) ++overflows_told;
        };
    };
    const auto a = hub->watch_state(file.get(), IN_ATTRIB, count(overflows));
    const auto b = hub->watch_state(other.get(), IN_ATTRIB, [](std::uint32_t, std::string_view) {});
    const auto c = hub->watch_state(quiet.get(), IN_ATTRIB, count(quiet_overflows));
    const auto writes = hub->watch_next_write(file.get(), note(told));
    BOOST_REQUIRE((a.has_value() && b.has_value() && c.has_value() && writes.has_value()));
    // Alternate the files, because the kernel merges equal consecutive events.
    for (std::size_t i = 0; i <= most; ++i) touch(i % 2 == 0 ? file : other);
    deliver();
    BOOST_TEST(overflows == 1);
    BOOST_TEST(quiet_overflows == 1);
    BOOST_TEST(told == "");
}

BOOST_AUTO_TEST_CASE(missing_object_gives_kernel_error) {
    BOOST_TEST(hub->watch_state("/nonexistent/name", IN_ATTRIB, note(told)).error().code.value() == ENOENT);
    BOOST_TEST(hub->watch_next_write(-1, note(told)).error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_CASE(close_ends_run_and_all_subscriptions) {
    auto state = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    BOOST_REQUIRE(state.has_value());
    deliver();
    BOOST_TEST(!ended);
    hub->close();
    deliver();
    BOOST_TEST(ended);
    BOOST_TEST(!state->active());
    state->reset();
}

BOOST_AUTO_TEST_CASE(close_inside_call_ends_run) {
    const auto first = hub->watch_state(file.get(), IN_ATTRIB, [&](std::uint32_t, std::string_view) { hub->close(); });
    const auto second = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    BOOST_REQUIRE((first.has_value() && second.has_value()));
    touch(file);
    deliver();
    BOOST_TEST(ended);
    BOOST_TEST(told == "");
}

BOOST_AUTO_TEST_CASE(destroyed_hub_ends_run) {
    auto state = hub->watch_state(file.get(), IN_ATTRIB, note(told));
    BOOST_REQUIRE(state.has_value());
    deliver();
    hub.reset();
    touch(file);
    deliver();
    BOOST_TEST(ended);
    BOOST_TEST(told == "");
    state->reset();
    BOOST_TEST(!state->active());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
