#include <filemap/hang_watch.hpp>

#include <boost/test/unit_test.hpp>

using namespace filemap;
using namespace std::chrono_literals;

namespace {

constexpr device_id first_device{253, 0}, second_device{253, 1};

struct fixture {
    using remarks = std::vector<hang_watch::remark>;

    remarks at(std::chrono::seconds when, std::vector<pending_call> calls) {
        return watch.observe(calls, hang_watch::time_point{} + when);
    }

    static bool hangs(const remarks& said, device_id device, std::chrono::seconds since) {
        return said.size() == 1 && said[0].device == device && !said[0].answers_again && said[0].since == since;
    }
    static bool answers(const remarks& said, device_id device, std::chrono::seconds since) {
        return said.size() == 1 && said[0].device == device && said[0].answers_again && said[0].since == since;
    }

    hang_watch watch{5s};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hang_watch_suite, fixture)

BOOST_AUTO_TEST_CASE(a_call_that_stays_is_remarked_once_and_its_answer_too) {
    BOOST_TEST(at(1s, {{first_device, 7, true}}).empty());
    BOOST_TEST(at(5s, {{first_device, 7, true}}).empty());
    BOOST_TEST(hangs(at(6s, {{first_device, 7, true}}), first_device, 5s));
    BOOST_TEST(at(100s, {{first_device, 7, true}}).empty());
    BOOST_TEST(answers(at(101s, {}), first_device, 100s));
    BOOST_TEST(at(102s, {}).empty());
}

BOOST_AUTO_TEST_CASE(calls_that_are_answered_are_not_remarked) {
    for (std::uint64_t i = 0; i < 100; ++i)
        BOOST_TEST(at(std::chrono::seconds(4 * i), {{first_device, i, true}}).empty());
}

BOOST_AUTO_TEST_CASE(devices_are_told_apart) {
    BOOST_TEST(at(0s, {{first_device, 0, true}}).empty());
    BOOST_TEST(at(3s, {{first_device, 0, true}, {second_device, 0, true}}).empty());
    BOOST_TEST(hangs(at(5s, {{first_device, 0, true}, {second_device, 1, true}}), first_device, 5s));
    BOOST_TEST(answers(at(6s, {{second_device, 1, true}}), first_device, 6s));
    BOOST_TEST(hangs(at(10s, {{second_device, 1, true}}), second_device, 5s));
}

BOOST_AUTO_TEST_CASE(a_device_whose_next_call_hangs_too_is_not_remarked_again) {
    BOOST_TEST(at(0s, {{first_device, 0, true}}).empty());
    BOOST_TEST(hangs(at(5s, {{first_device, 0, true}}), first_device, 5s));
    BOOST_TEST(at(8s, {{first_device, 1, true}}).empty());
    BOOST_TEST(at(20s, {{first_device, 1, true}}).empty());
    BOOST_TEST(answers(at(21s, {{first_device, 9, true}}), first_device, 21s));
    BOOST_TEST(hangs(at(26s, {{first_device, 9, true}}), first_device, 5s));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_thread_is_no_hanging) {
    BOOST_TEST(at(0s, {{first_device, 0, false}}).empty());
    BOOST_TEST(at(100s, {{first_device, 0, false}}).empty());
}

BOOST_AUTO_TEST_CASE(silence_lasts_since_the_call_was_first_seen) {
    BOOST_TEST(!watch.silent_since(first_device));
    static_cast<void>(at(1s, {{first_device, 0, false}}));
    static_cast<void>(at(2s, {{first_device, 0, true}}));
    BOOST_TEST((watch.silent_since(first_device) == hang_watch::time_point{} + 1s));
    static_cast<void>(at(3s, {{first_device, 1, true}}));
    BOOST_TEST((watch.silent_since(first_device) == hang_watch::time_point{} + 3s));
    static_cast<void>(at(4s, {}));
    BOOST_TEST(!watch.silent_since(first_device));
}

BOOST_AUTO_TEST_SUITE_END()
